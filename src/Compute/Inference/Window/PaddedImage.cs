using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>An image with zeros around it where it is smaller than a tile (spec 07 section 4.1). Holds a copy only then.</summary>
internal sealed class PaddedImage
{
    private readonly Volume<float> _padded;
    private readonly VolumeShape _tile;
    private readonly long[] _tensorShape;

    public PaddedImage(Volume<float> image, WindowSettings settings)
    {
        (_tile, Inner) = (settings.Tile, image.Shape);
        _tensorShape = [1, image.Channels, .. settings.PatchSize.Select(p => (long)p)];
        var pads = Enumerable.Range(0, 3).Select(axis => Tiles.Padding(image.Shape[axis], _tile[axis])).ToArray();
        Before = new VolumeShape(pads[0].Before, pads[1].Before, pads[2].Before);
        Shape = VolumeShape.From([.. pads.Select((p, axis) => p.Before + image.Shape[axis] + p.After)]);
        _padded = Shape == image.Shape ? image : Pad(image);
    }

    /// <summary>Extent with the zeros.</summary>
    public VolumeShape Shape { get; }

    /// <summary>Extent of the image itself.</summary>
    public VolumeShape Inner { get; }

    /// <summary>Zeros in front of each axis.</summary>
    public VolumeShape Before { get; }

    /// <summary>The tile at a corner: (1, channels, patch...), float32 on the host.</summary>
    public Tensor Cut(VolumeShape corner)
    {
        var tile = empty(_tensorShape, ScalarType.Float32);
        var target = MemoryMarshal.Cast<byte, float>(tile.bytes);
        var (at, shape) = (0, Shape);
        for (var c = 0; c < _padded.Channels; c++)
        {
            var channel = _padded.Channel(c);
            for (var z = corner.Z; z < corner.Z + _tile.Z; z++)
                for (var y = corner.Y; y < corner.Y + _tile.Y; y++, at += _tile.X)
                    channel.Slice((((z * shape.Y) + y) * shape.X) + corner.X, _tile.X).CopyTo(target[at..]);
        }

        return tile;
    }

    private Volume<float> Pad(Volume<float> image)
    {
        var padded = new Volume<float>(image.Channels, Shape);
        for (var c = 0; c < image.Channels; c++)
        {
            var source = image.Channel(c);
            var target = padded.Channel(c);
            for (var z = 0; z < Inner.Z; z++)
                for (var y = 0; y < Inner.Y; y++)
                    source.Slice(((z * Inner.Y) + y) * Inner.X, Inner.X).CopyTo(target[(((((z + Before.Z) * Shape.Y) + y + Before.Y) * Shape.X) + Before.X)..]);
        }

        return padded;
    }
}
