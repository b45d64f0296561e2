using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// nnU-Net's sliding window on the CPU path (spec 07 section 4): float32 network, tiles weighted by a Gaussian, sums in half precision. Holds the padded image,
/// (heads + 1) values of half precision a voxel, and one tile.
/// </summary>
public sealed class SlidingWindow
{
    private readonly IReadOnlyList<int> _patch;
    private readonly VolumeShape _tile;
    private readonly double _step;
    private readonly IReadOnlyList<long[]> _flips;
    private readonly int _heads;
    private readonly float[]? _gaussian;
    private readonly string _device;

    /// <param name="patchSize">Network input; 2 or 3 axes. With 2, slices are predicted one by one.</param>
    /// <param name="stepSize">Tile stride as a fraction of the patch, above 0, at most 1.</param>
    /// <param name="gaussian">Weight tiles by a Gaussian; otherwise all voxels count alike.</param>
    /// <param name="mirrorAxes">Spatial axes to mirror, 0 first; null or empty predicts each tile once.</param>
    /// <param name="heads">Network outputs.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>: where tiles are sent.</param>
    /// <exception cref="UsageException">The step size is out of range.</exception>
    public SlidingWindow(IReadOnlyList<int> patchSize, double stepSize, bool gaussian, IReadOnlyList<int>? mirrorAxes, int heads, string device = "cpu")
    {
        if (stepSize is not (> 0 and <= 1)) throw new UsageException($"-step_size {stepSize} is not allowed; give a number above 0 and at most 1");
        (_patch, _step, _heads, _device) = (patchSize, stepSize, heads, device);
        _tile = patchSize.Count == 3 ? VolumeShape.From(patchSize) : new VolumeShape(1, patchSize[0], patchSize[1]);
        _flips = Flips(mirrorAxes ?? []);
        if (!gaussian) return;
        _gaussian = new float[_tile.Voxels];
        TensorPrimitives.ConvertToSingle(GaussianMap.Create(patchSize), _gaussian);
    }

    /// <summary>Tensor axes flipped for each prediction of a tile: none first, then by number and order of axes.</summary>
    public static IReadOnlyList<long[]> Flips(IReadOnlyList<int> axes)
    {
        var subsets = Enumerable.Range(0, 1 << axes.Count).Select(bits => axes.Where((_, i) => (bits & (1 << i)) != 0).Select(a => a + 2L).ToArray());
        return [.. subsets.OrderBy(s => s.Length).ThenBy(s => string.Join(',', s), StringComparer.Ordinal)];
    }

    /// <summary>Logits (heads, image axes), representable in half precision.</summary>
    /// <param name="image">Preprocessed, (channels, axes).</param>
    /// <param name="forward">Full-resolution logits (1, heads, patch...) of a tile (1, channels, patch...); a new tensor each time.</param>
    /// <param name="progress">Told after each tile.</param>
    /// <param name="stop">Looked at between tiles.</param>
    /// <exception cref="ResourceException">A sum left the range of half precision.</exception>
    public Volume<float> Predict(Volume<float> image, Func<Tensor, Tensor> forward, IProgress<(int Done, int Tiles)>? progress, CancellationToken stop)
    {
        var (padded, before) = Pad(image);
        var shape = padded.Shape;
        var corners = Tiles.Corners(shape, _tile, _step);
        var sums = new Half[checked(_heads * shape.Voxels)];
        var weights = new Half[shape.Voxels];
        for (var i = 0; i < corners.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            Add(padded, corners[i], forward, sums, weights);
            progress?.Report((i + 1, corners.Count));
        }

        return Divide(sums, weights, shape, before, image.Shape);
    }

    private void Add(Volume<float> image, VolumeShape corner, Func<Tensor, Tensor> forward, Half[] sums, Half[] weights)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var tile = Cut(image, corner);
        var total = forward(tile);
        foreach (var flip in _flips.Skip(1)) total.add_(forward(tile.flip(flip)).flip(flip));
        if (_flips.Count > 1) total.div_(_flips.Count);
        var logits = MemoryMarshal.Cast<byte, float>(total.cpu().contiguous().bytes);

        var shape = image.Shape;
        var row = new float[_tile.X];
        var ones = _gaussian ?? Enumerable.Repeat(1f, (int)_tile.Voxels).ToArray();
        for (var z = 0; z < _tile.Z; z++)
            for (var y = 0; y < _tile.Y; y++)
            {
                var at = ((((corner.Z + z) * shape.Y) + corner.Y + y) * shape.X) + corner.X;
                var inTile = ((z * _tile.Y) + y) * _tile.X;
                var gaussian = ones.AsSpan(inTile, _tile.X);
                AddRow(weights.AsSpan(at, _tile.X), gaussian, row);
                for (var head = 0; head < _heads; head++)
                {
                    var values = logits.Slice((head * (int)_tile.Voxels) + inTile, _tile.X);
                    if (_gaussian is not null) TensorPrimitives.Multiply(values, gaussian, values);
                    AddRow(sums.AsSpan((int)(head * shape.Voxels) + at, _tile.X), values, row);
                }
            }
    }

    // Sums in float32, rounded once to half precision.
    private static void AddRow(Span<Half> sum, ReadOnlySpan<float> values, Span<float> row)
    {
        TensorPrimitives.ConvertToSingle(sum, row);
        TensorPrimitives.Add(row, values, row);
        TensorPrimitives.ConvertToHalf(row, sum);
    }

    private Tensor Cut(Volume<float> image, VolumeShape corner)
    {
        var tile = zeros([1, image.Channels, .. _patch.Select(p => (long)p)], ScalarType.Float32);
        var target = MemoryMarshal.Cast<byte, float>(tile.bytes);
        var at = 0;
        for (var c = 0; c < image.Channels; c++)
        {
            var channel = image.Channel(c);
            for (var z = corner.Z; z < corner.Z + _tile.Z; z++)
                for (var y = corner.Y; y < corner.Y + _tile.Y; y++, at += _tile.X)
                    channel.Slice((((z * image.Shape.Y) + y) * image.Shape.X) + corner.X, _tile.X).CopyTo(target[at..]);
        }

        return tile.to(new Device(_device));
    }

    // Zeros around an image smaller than a tile; slices of a 2D network are never padded along the slice axis.
    private (Volume<float> Padded, VolumeShape Before) Pad(Volume<float> image)
    {
        var pads = Enumerable.Range(0, 3).Select(axis => Tiles.Padding(image.Shape[axis], _tile[axis])).ToArray();
        var before = new VolumeShape(pads[0].Before, pads[1].Before, pads[2].Before);
        if (pads.All(p => p == (0, 0))) return (image, before);
        var shape = VolumeShape.From([.. pads.Select((p, axis) => p.Before + image.Shape[axis] + p.After)]);
        var padded = new Volume<float>(image.Channels, shape);
        for (var c = 0; c < image.Channels; c++)
        {
            var source = image.Channel(c);
            var target = padded.Channel(c);
            for (var z = 0; z < image.Shape.Z; z++)
                for (var y = 0; y < image.Shape.Y; y++)
                    source.Slice(((z * image.Shape.Y) + y) * image.Shape.X, image.Shape.X)
                        .CopyTo(target[(((((z + before.Z) * shape.Y) + y + before.Y) * shape.X) + before.X)..]);
        }

        return (padded, before);
    }

    private Volume<float> Divide(Half[] sums, Half[] weights, VolumeShape shape, VolumeShape before, VolumeShape wanted)
    {
        var result = new Volume<float>(_heads, wanted);
        var (row, divisor, half) = (new float[wanted.X], new float[wanted.X], new Half[wanted.X]);
        for (var head = 0; head < _heads; head++)
        {
            var target = result.Channel(head);
            for (var z = 0; z < wanted.Z; z++)
                for (var y = 0; y < wanted.Y; y++)
                {
                    var at = ((((z + before.Z) * shape.Y) + y + before.Y) * shape.X) + before.X;
                    TensorPrimitives.ConvertToSingle(sums.AsSpan((int)(head * shape.Voxels) + at, wanted.X), row);
                    TensorPrimitives.ConvertToSingle(weights.AsSpan(at, wanted.X), divisor);
                    TensorPrimitives.Divide(row, divisor, row);
                    TensorPrimitives.ConvertToHalf(row, half);
                    if (half.AsSpan().ContainsAny(Half.PositiveInfinity, Half.NegativeInfinity))
                        throw new ResourceException("the sum of the tiles' logits left the range of half precision; the network's outputs are far too large, so train it again or predict without -step_size below 0.5");
                    TensorPrimitives.ConvertToSingle(half, target.Slice(((z * wanted.Y) + y) * wanted.X, wanted.X));
                }
        }

        return result;
    }
}
