using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// A linear filter along one axis: every line of the result is a weighted sum of a few lines of the source. Blurring and simulated low resolution
/// are three of these.
/// </summary>
internal sealed unsafe class AxisFilter
{
    private readonly int _taps;
    private readonly int[] _lines;
    private readonly float[] _weights;
    private readonly bool _sliding;

    private AxisFilter(int taps, int[] lines, float[] weights, bool sliding)
    {
        (_taps, _lines, _weights, _sliding) = (taps, lines, weights, sliding);
        for (var i = 0; i < Size; i++)
            foreach (var line in lines.AsSpan(i * taps, taps))
                (Ahead, Behind) = (Math.Max(Ahead, line - i), Math.Max(Behind, i - line));
    }

    /// <summary>Lines of source and result.</summary>
    public int Size => _lines.Length / _taps;

    /// <summary>How far after a line those lie that it is made of.</summary>
    public int Ahead { get; }

    /// <summary>How far before it.</summary>
    public int Behind { get; }

    /// <summary>A Gaussian with reflecting border (spec 06 section 7.5). Axes too thin for one reflection are reflected again, where the reference
    /// stops (trap 13).</summary>
    /// <param name="size">Of the axis.</param>
    /// <param name="sigma">In voxels.</param>
    public static AxisFilter Gaussian(int size, double sigma)
    {
        var radius = (int)((6 * sigma) + 0.5) / 2;
        var taps = (2 * radius) + 1;
        var kernel = new double[taps];
        for (var i = 0; i < taps; i++) kernel[i] = Math.Exp(-0.5 * Math.Pow((i - radius) / sigma, 2));
        var sum = kernel.Sum();
        var (lines, weights) = (new int[size * taps], new float[size * taps]);
        for (var i = 0; i < lines.Length; i++) (lines[i], weights[i]) = (Reflected((i / taps) + (i % taps) - radius, size), (float)(kernel[i % taps] / sum));
        return new AxisFilter(taps, lines, weights, sliding: true);
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

        return new AxisFilter(2, lines, weights, sliding: false);

        int Nearest(int i) => Math.Min((int)((i + 0.5f) * shrink), size - 1);
    }

    /// <summary>One line of the result.</summary>
    /// <param name="i">Which.</param>
    /// <param name="lines">The source's lines; line n is the one at n and <paramref name="mask"/>.</param>
    /// <param name="mask">All ones, or one less than the number of lines in a ring.</param>
    /// <param name="length">Of a line.</param>
    /// <param name="target">The line.</param>
    public void Line(int i, float* lines, int mask, int length, float* target)
    {
        var weights = _weights.AsSpan(i * _taps, _taps);
        var which = _lines.AsSpan(i * _taps, _taps);
        var at = 0;
        for (; at <= length - (2 * Vector<float>.Count); at += 2 * Vector<float>.Count)
        {
            var (low, high) = (Vector<float>.Zero, Vector<float>.Zero);
            for (var tap = 0; tap < weights.Length; tap++)
            {
                var source = lines + ((long)(which[tap] & mask) * length) + at;
                low += Vector.Load(source) * weights[tap];
                high += Vector.Load(source + Vector<float>.Count) * weights[tap];
            }

            low.Store(target + at);
            high.Store(target + at + Vector<float>.Count);
        }

        for (; at < length; at++)
        {
            var sum = 0f;
            for (var tap = 0; tap < weights.Length; tap++) sum += lines[((long)(which[tap] & mask) * length) + at] * weights[tap];
            target[at] = sum;
        }
    }

    /// <summary>Filters one row.</summary>
    /// <param name="source">The row.</param>
    /// <param name="target">The result; not the source.</param>
    /// <param name="padded">As long as the row and what <see cref="Ahead"/> and <see cref="Behind"/> add, or longer.</param>
    public void Row(ReadOnlySpan<float> source, Span<float> target, Span<float> padded)
    {
        if (_sliding && _taps / 2 < source.Length) Slide(source, target, padded);
        else
            for (int i = 0, tap = 0; i < target.Length; i++)
            {
                var sum = 0f;
                for (var end = tap + _taps; tap < end; tap++) sum += _weights[tap] * source[_lines[tap]];
                target[i] = sum;
            }
    }

    // The same weights for every voxel: vectors of the row beside itself, which has its reflections on either side.
    [SkipLocalsInit]
    private void Slide(ReadOnlySpan<float> source, Span<float> target, Span<float> padded)
    {
        var (radius, n) = (_taps / 2, source.Length);
        padded = padded[..(n + (2 * radius))];
        source.CopyTo(padded[radius..]);
        for (var i = 1; i <= radius; i++) (padded[radius - i], padded[radius + n - 1 + i]) = (source[i], source[n - 1 - i]);
        ref var from = ref MemoryMarshal.GetReference(padded);
        ref var to = ref MemoryMarshal.GetReference(target);
        var at = 0;
        for (; at <= n - Vector<float>.Count; at += Vector<float>.Count)
        {
            var sum = Vector<float>.Zero;
            for (var tap = 0; tap < _taps; tap++) sum += Vector.LoadUnsafe(ref from, (nuint)(at + tap)) * _weights[tap];
            sum.StoreUnsafe(ref to, (nuint)at);
        }

        for (; at < n; at++)
        {
            var sum = 0f;
            for (var tap = 0; tap < _taps; tap++) sum += padded[at + tap] * _weights[tap];
            target[at] = sum;
        }
    }

    private static int Reflected(int i, int size)
    {
        if (size == 1) return 0;
        var period = 2 * (size - 1);
        i = ((i % period) + period) % period;
        return Math.Min(i, period - i);
    }
}
