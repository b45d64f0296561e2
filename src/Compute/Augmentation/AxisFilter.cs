using System.Numerics.Tensors;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// A linear filter along one axis: every line of the result is a weighted sum of a few lines of the source. Blurring and simulated low resolution
/// are three of these.
/// </summary>
internal sealed class AxisFilter
{
    private readonly int _taps;
    private readonly int[] _lines;
    private readonly float[] _weights;

    private AxisFilter(int taps, int[] lines, float[] weights) => (_taps, _lines, _weights) = (taps, lines, weights);

    /// <summary>A Gaussian with reflecting border (spec 06 section 7.5). Axes too thin for one reflection are reflected again, where the reference
    /// stops (trap 13).</summary>
    public static AxisFilter Gaussian(int size, double sigma)
    {
        var radius = (int)((6 * sigma) + 0.5) / 2;
        var taps = (2 * radius) + 1;
        var kernel = new double[taps];
        for (var i = 0; i < taps; i++) kernel[i] = Math.Exp(-0.5 * Math.Pow((i - radius) / sigma, 2));
        var sum = kernel.Sum();
        var (lines, weights) = (new int[size * taps], new float[size * taps]);
        for (var i = 0; i < lines.Length; i++) (lines[i], weights[i]) = (Reflected((i / taps) + (i % taps) - radius, size), (float)(kernel[i % taps] / sum));
        return new AxisFilter(taps, lines, weights);
    }

    /// <summary>
    /// Nearest-exact reduction to fewer voxels followed by linear interpolation back, corners not aligned (spec 06 section 7.7). Both act on each
    /// axis by itself, so their composition is a filter of two taps and the small volume is never made.
    /// </summary>
    public static AxisFilter LowResolution(int size, int reduced)
    {
        var (lines, weights) = (new int[2 * size], new float[2 * size]);
        var (shrink, grow) = ((float)size / reduced, (float)reduced / size);
        for (var i = 0; i < size; i++)
        {
            var at = Math.Max(((i + 0.5f) * grow) - 0.5f, 0);
            var low = Math.Min((int)at, reduced - 1);
            (lines[2 * i], weights[2 * i]) = (Nearest(low), 1 - (at - low));
            (lines[(2 * i) + 1], weights[(2 * i) + 1]) = (Nearest(Math.Min(low + 1, reduced - 1)), at - low);
        }

        return new AxisFilter(2, lines, weights);

        int Nearest(int i) => Math.Min((int)((i + 0.5f) * shrink), size - 1);
    }

    /// <summary>Filters one channel in place.</summary>
    /// <param name="x">The channel, C order.</param>
    /// <param name="shape">Its extent.</param>
    /// <param name="axis">0, 1 or 2.</param>
    /// <param name="scratch">As long as <paramref name="x"/>; its content does not matter and is lost.</param>
    public void Apply(Span<float> x, VolumeShape shape, int axis, Span<float> scratch)
    {
        x.CopyTo(scratch);
        var (size, line) = (shape[axis], axis switch { 0 => shape.Y * shape.X, 1 => shape.X, _ => 1 });
        for (var at = 0; at < x.Length; at += size * line)
            if (line == 1) Row(scratch.Slice(at, size), x.Slice(at, size));
            else Lines(scratch.Slice(at, size * line), x.Slice(at, size * line), line);
    }

    private static int Reflected(int i, int size)
    {
        if (size == 1) return 0;
        var period = 2 * (size - 1);
        i = ((i % period) + period) % period;
        return Math.Min(i, period - i);
    }

    private void Lines(ReadOnlySpan<float> source, Span<float> target, int line)
    {
        for (var i = 0; i < target.Length / line; i++)
        {
            var to = target.Slice(i * line, line);
            TensorPrimitives.Multiply(source.Slice(_lines[i * _taps] * line, line), _weights[i * _taps], to);
            for (var tap = (i * _taps) + 1; tap < (i + 1) * _taps; tap++)
                TensorPrimitives.MultiplyAdd(source.Slice(_lines[tap] * line, line), _weights[tap], to, to);
        }
    }

    private void Row(ReadOnlySpan<float> source, Span<float> target)
    {
        var tap = 0;
        for (var i = 0; i < target.Length; i++)
        {
            var sum = 0f;
            for (var end = tap + _taps; tap < end; tap++) sum += _weights[tap] * source[_lines[tap]];
            target[i] = sum;
        }
    }
}
