using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Preprocessing.Resampling;
using Tensor = TorchSharp.torch.Tensor;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>Sums in the host's memory: (heads + 1) values a voxel of the padded image, which become the logits in place where nothing was padded.</summary>
/// <typeparam name="T">Half or float.</typeparam>
internal sealed class HostSums<T> : ITileSums where T : unmanaged
{
    private readonly PaddedImage _image;
    private readonly VolumeShape _tile;
    private readonly float[] _map;
    private readonly bool _weighted;
    private readonly Scratch<T>[] _sums;
    private readonly Scratch<T> _weights;
    private readonly float[] _row, _divisor;
    private Logits? _inPlace;

    public HostSums(PaddedImage image, WindowSettings settings, float[] map)
    {
        (_image, _tile, _map, _weighted) = (image, settings.Tile, map, settings.Gaussian);
        (_row, _divisor) = (new float[image.Shape.X], new float[image.Shape.X]);
        _weights = new Scratch<T>(image.Shape.Voxels);
        _weights.Span.Clear();
        _sums = [];
        if (typeof(T) == typeof(Half) && image.Shape == image.Inner) _inPlace = new Logits(settings.Heads, image.Shape);
        else _sums = Allocate(settings.Heads, image.Shape.Voxels);
    }

    public void Add(VolumeShape corner, Tensor logits)
    {
        var (shape, voxels) = (_image.Shape, (int)_tile.Voxels);
        using var host = logits.cpu();
        using var dense = host.contiguous();
        for (var head = -1; head < Heads; head++)
        {
            // Of the tensor as a whole a span could not count the bytes.
            using var one = head < 0 ? null : dense[head];
            var values = one is null ? default : MemoryMarshal.Cast<byte, float>(one.bytes)[..voxels];
            var sums = head < 0 ? _weights.Span : Sums(head);
            for (var z = 0; z < _tile.Z; z++)
                for (var y = 0; y < _tile.Y; y++)
                {
                    var inTile = ((z * _tile.Y) + y) * _tile.X;
                    var map = _map.AsSpan(inTile, _tile.X);
                    var target = sums.Slice(((((corner.Z + z) * shape.Y) + corner.Y + y) * shape.X) + corner.X, _tile.X);
                    if (head < 0) AddRow(target, map);
                    else
                    {
                        var row = values.Slice(inTile, _tile.X);
                        if (_weighted) TensorPrimitives.Multiply(row, map, row);
                        AddRow(target, row);
                    }
                }
        }
    }

    public Logits Finish()
    {
        var (shape, wanted, before) = (_image.Shape, _image.Inner, _image.Before);
        var result = _inPlace ?? new Logits(Heads, wanted, zeroed: false);
        for (var head = 0; head < result.Heads; head++)
        {
            var target = result.Head(head);
            var sums = Sums(head);
            for (var z = 0; z < wanted.Z; z++)
                for (var y = 0; y < wanted.Y; y++)
                {
                    var at = ((((z + before.Z) * shape.Y) + y + before.Y) * shape.X) + before.X;
                    var row = Widen(sums.Slice(at, wanted.X), _row);
                    TensorPrimitives.Divide(row, Widen(_weights.Span.Slice(at, wanted.X), _divisor), _row);
                    TensorPrimitives.ConvertToHalf(_row.AsSpan(0, wanted.X), target.Slice(((z * wanted.Y) + y) * wanted.X, wanted.X));
                }
        }

        _inPlace = null;
        return result;
    }

    public void Dispose()
    {
        _weights.Dispose();
        _inPlace?.Dispose();
        foreach (var sums in _sums) sums?.Dispose();
    }

    private int Heads => _inPlace?.Heads ?? _sums.Length;

    private Span<T> Sums(int head) => _inPlace is null ? _sums[head].Span : MemoryMarshal.Cast<Half, T>(_inPlace.Head(head));

    private Scratch<T>[] Allocate(int heads, long voxels)
    {
        var all = new Scratch<T>[heads];
        try
        {
            for (var head = 0; head < heads; head++)
            {
                all[head] = new Scratch<T>(voxels);
                all[head].Span.Clear();
            }
        }
        catch
        {
            foreach (var one in all) one?.Dispose();
            _weights.Dispose();
            throw;
        }

        return all;
    }

    // Sums in float32, rounded once.
    private void AddRow(Span<T> sums, ReadOnlySpan<float> values)
    {
        if (typeof(T) == typeof(float))
        {
            var wide = MemoryMarshal.Cast<T, float>(sums);
            TensorPrimitives.Add(wide, values, wide);
            return;
        }

        var half = MemoryMarshal.Cast<T, Half>(sums);
        var row = _row.AsSpan(0, values.Length);
        TensorPrimitives.ConvertToSingle(half, row);
        TensorPrimitives.Add(row, values, row);
        TensorPrimitives.ConvertToHalf(row, half);
    }

    private static ReadOnlySpan<float> Widen(ReadOnlySpan<T> values, float[] into)
    {
        if (typeof(T) == typeof(float)) return MemoryMarshal.Cast<T, float>(values);
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<T, Half>(values), into);
        return into.AsSpan(0, values.Length);
    }
}
