using System.Numerics.Tensors;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Inference.Export;

/// <summary>
/// Planes of logits resampled linearly or by the nearest voxel, computed when they are asked for: across slices, along rows, across rows, in float64 as the
/// reference, and rounded to half precision where its function gives that (spec 07 section 5.2). Holds two slices of the logits' grid in float64.
/// </summary>
internal sealed class InterpolatedPlanes : LogitPlanes
{
    private readonly Logits _logits;
    private readonly AxisSampling[] _axes;
    private readonly bool _roundToHalf;
    private readonly float[] _first, _second;
    private readonly double[] _slice, _wide;

    /// <param name="logits">Must outlive this.</param>
    /// <param name="shape">Wanted.</param>
    /// <param name="axes">Of one or two taps each.</param>
    /// <param name="roundToHalf">Whether results are in half precision.</param>
    public InterpolatedPlanes(Logits logits, VolumeShape shape, AxisSampling[] axes, bool roundToHalf)
        : base(logits.Heads, shape)
    {
        (_logits, _axes, _roundToHalf) = (logits, axes, roundToHalf);
        var plane = checked(logits.Shape.Y * logits.Shape.X);
        (_first, _second, _slice) = (new float[plane], new float[axes[0].Taps > 1 ? plane : 0], new double[plane]);
        _wide = axes[2].IsIdentity ? _slice : new double[checked(logits.Shape.Y * shape.X)];
    }

    /// <summary>How each axis is sampled; null where a cubic spline is asked for.</summary>
    /// <exception cref="DataException">The function is not known.</exception>
    public static AxisSampling[]? Axes(VolumeShape from, VolumeShape to, Spacing current, Spacing wanted, ResamplingSpec spec)
    {
        var separate = Resampler.SeparateAxis(current, wanted, spec);
        if (spec.Function == Resampler.Torch)
            return [.. Enumerable.Range(0, 3).Select(a => a == separate ? AxisSampling.TorchNearest(from[a], to[a]) : AxisSampling.TorchLinear(from[a], to[a]))];
        Resampler.Require(spec);
        var orders = Enumerable.Range(0, 3).Select(axis => axis == separate ? spec.OrderZ : spec.Order).ToArray();
        return orders.Max() > 1 ? null : [.. orders.Select((order, axis) => AxisSampling.Spline(from[axis], to[axis], order))];
    }

    /// <inheritdoc/>
    public override void Fill(int head, int z, Span<float> target)
    {
        MixSlices(_logits.Head(head), z);
        if (!ReferenceEquals(_wide, _slice)) Widen();
        var (rows, width) = (_axes[1], Shape.X);
        for (var y = 0; y < Shape.Y; y++)
        {
            var first = _wide.AsSpan(rows.Rows[y * rows.Taps] * width, width);
            var second = rows.Taps > 1 ? _wide.AsSpan(rows.Rows[(y * 2) + 1] * width, width) : first;
            var (w0, w1) = rows.Taps > 1 ? (rows.Weights[y * 2], rows.Weights[(y * 2) + 1]) : (1.0, 0.0);
            HalfRounding.Mix(first, w0, second, w1, target.Slice(y * width, width), _roundToHalf);
        }
    }

    private void MixSlices(ReadOnlySpan<Half> values, int z)
    {
        var (axis, plane) = (_axes[0], _slice.Length);
        TensorPrimitives.ConvertToSingle(values.Slice(axis.Rows[z * axis.Taps] * plane, plane), _first);
        if (axis.Taps == 1)
        {
            Lanes.Widen<float>(_first, _slice);
            return;
        }

        TensorPrimitives.ConvertToSingle(values.Slice(axis.Rows[(z * 2) + 1] * plane, plane), _second);
        HalfRounding.Mix(_first, axis.Weights[z * 2], _second, axis.Weights[(z * 2) + 1], _slice);
    }

    private unsafe void Widen()
    {
        var (axis, from, to) = (_axes[2], _logits.Shape.X, Shape.X);
        fixed (double* slice = _slice, wide = _wide, weights = axis.Weights)
        fixed (int* rows = axis.Rows)
            for (var y = 0; y < _logits.Shape.Y; y++)
            {
                var source = slice + ((long)y * from);
                var target = wide + ((long)y * to);
                if (axis.Taps == 1)
                    for (var x = 0; x < to; x++) target[x] = source[rows[x]];
                else
                    for (var x = 0; x < to; x++) target[x] = (source[rows[2 * x]] * weights[2 * x]) + (source[rows[(2 * x) + 1]] * weights[(2 * x) + 1]);
            }
    }
}
