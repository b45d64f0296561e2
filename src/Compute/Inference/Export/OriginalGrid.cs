using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Inference.Export;

/// <summary>Where the voxels of a cropped and transposed case lie in its image: undoes crop and transposition (spec 07 section 5) without a copy in between.</summary>
internal sealed class OriginalGrid
{
    private readonly VolumeShape _low, _size;
    private readonly (int Z, int Y, int X) _strides;

    public OriginalGrid(CaseProperties properties, Plans plans)
    {
        Shape = properties.ShapeBeforeCropping.Permute(plans.TransposeBackward);
        (_low, _size) = (properties.CropBox.Low, properties.CropBox.Shape);
        int[] strides = [Shape.Y * Shape.X, Shape.X, 1];
        var order = plans.TransposeForward;
        _strides = (strides[order[0]], strides[order[1]], strides[order[2]]);
    }

    /// <summary>The image's extent in reader axis order.</summary>
    public VolumeShape Shape { get; }

    /// <summary>Puts a plane of the crop to its place in the image.</summary>
    /// <param name="z">Index along the crop's axis 0.</param>
    /// <param name="plane">Axis 1 times axis 2 values of the crop.</param>
    /// <param name="volume">The whole image, C order.</param>
    public void Place<T>(int z, ReadOnlySpan<T> plane, Span<T> volume)
    {
        var (sz, sy, sx) = _strides;
        for (var y = 0; y < _size.Y; y++)
        {
            var row = plane.Slice(y * _size.X, _size.X);
            var at = ((z + _low.Z) * sz) + ((y + _low.Y) * sy) + (_low.X * sx);
            if (sx == 1) row.CopyTo(volume[at..]);
            else
                for (var x = 0; x < row.Length; x++, at += sx)
                    volume[at] = row[x];
        }
    }
}
