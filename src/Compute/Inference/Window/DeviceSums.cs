using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>Sums in the memory of the device the network runs on: (heads + 1) values a voxel of the padded image there, and on the host only the logits.</summary>
internal sealed class DeviceSums : ITileSums
{
    private readonly PaddedImage _image;
    private readonly VolumeShape _tile;
    private readonly bool _weighted;
    private readonly Tensor _sums, _weights, _map;

    public DeviceSums(PaddedImage image, WindowSettings settings, float[] map)
    {
        (_image, _tile, _weighted) = (image, settings.Tile, settings.Gaussian);
        var (shape, device) = (image.Shape, new Device(settings.Device));
        var type = settings.Sums == SumPrecision.Fp16 ? ScalarType.Float16 : ScalarType.Float32;
        using var scope = NewDisposeScope();
        _map = tensor(map, [_tile.Z, _tile.Y, _tile.X]).to(device).DetachFromDisposeScope();
        _weights = zeros([shape.Z, shape.Y, shape.X], type, device).DetachFromDisposeScope();
        try
        {
            _sums = zeros([settings.Heads, shape.Z, shape.Y, shape.X], type, device).DetachFromDisposeScope();
        }
        catch
        {
            _map.Dispose();
            _weights.Dispose();
            throw;
        }
    }

    public void Add(VolumeShape corner, Tensor logits)
    {
        using var scope = NewDisposeScope();
        var tile = logits.reshape(logits.shape[0], _tile.Z, _tile.Y, _tile.X);
        if (_weighted) tile.mul_(_map);
        At(_sums, 1, corner, _tile).add_(tile);
        At(_weights, 0, corner, _tile).add_(_map);
    }

    public Logits Finish()
    {
        using var scope = NewDisposeScope();
        _sums.div_(_weights);
        var inner = At(_sums, 1, _image.Before, _image.Inner).to(ScalarType.Float16);
        var result = new Logits((int)_sums.shape[0], _image.Inner, zeroed: false);
        for (var head = 0; head < result.Heads; head++)
        {
            using var one = NewDisposeScope();
            MemoryMarshal.Cast<byte, Half>(inner[head].cpu().contiguous().bytes)[..(int)_image.Inner.Voxels].CopyTo(result.Head(head));
        }

        return result;
    }

    public void Dispose()
    {
        _sums.Dispose();
        _weights.Dispose();
        _map.Dispose();
    }

    private static Tensor At(Tensor tensor, int axis, VolumeShape corner, VolumeShape size) =>
        tensor.narrow(axis, corner.Z, size.Z).narrow(axis + 1, corner.Y, size.Y).narrow(axis + 2, corner.X, size.X);
}
