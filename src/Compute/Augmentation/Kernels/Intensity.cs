using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>The intensity transforms that treat each voxel by itself, in place and in as few passes as their statistics allow (spec 06 sections 7.4, 7.6,
/// 7.8).</summary>
internal static class Intensity
{
    private const double Epsilon = 1e-7;

    // Values that stay in the first cache from one step to the next; whole vectors of any length.
    private const int Cached = 2048;

    /// <summary>Adds normal noise of this standard deviation (which the reference calls its variance).</summary>
    [SkipLocalsInit]
    public static void Noise(Span<float> x, float sigma, ref Philox random)
    {
        Span<float> normal = stackalloc float[Philox.NormalBlock];
        for (; x.Length > 0; x = x[Math.Min(normal.Length, x.Length)..])
        {
            var some = x[..Math.Min(normal.Length, x.Length)];
            var noise = normal[..some.Length];
            random.Normals(noise);
            TensorPrimitives.MultiplyAdd(noise, sigma, some, some);
        }
    }

    /// <summary>Multiplies.</summary>
    public static void Brightness(Span<float> x, float factor) => TensorPrimitives.Multiply(x, factor, x);

    /// <summary>Adds.</summary>
    public static void Shift(Span<float> x, float summand) => TensorPrimitives.Add(x, summand, x);

    /// <summary>Stretches about the mean.</summary>
    /// <param name="x">One channel.</param>
    /// <param name="factor">Above one: more contrast.</param>
    /// <param name="keepRange">Whether nothing leaves the range there was.</param>
    public static void Contrast(Span<float> x, float factor, bool keepRange)
    {
        var moments = Moments.Of(x);
        var (mean, low, high) = ((float)moments.Mean, float.NegativeInfinity, float.PositiveInfinity);
        if (keepRange) (low, high) = (moments.Low, moments.High);
        var (means, lows, highs) = (new Vector<float>(mean), new Vector<float>(low), new Vector<float>(high));
        var lanes = MemoryMarshal.Cast<float, Vector<float>>(x);
        foreach (ref var lane in lanes) lane = Vector.Min(Vector.Max(((lane - means) * factor) + means, lows), highs);
        foreach (ref var value in x[(lanes.Length * Vector<float>.Count)..]) value = Math.Min(Math.Max(((value - mean) * factor) + mean, low), high);
    }

    /// <summary>Raises the channel, scaled to 0..1, to a power. Inverted: on the negative.</summary>
    /// <param name="x">One channel.</param>
    /// <param name="gamma">The power.</param>
    /// <param name="invert">Whether the negative is raised, and turned back.</param>
    /// <param name="keepStatistics">Whether mean and standard deviation (n - 1) stay what they were.</param>
    public static void Gamma(Span<float> x, double gamma, bool invert, bool keepStatistics)
    {
        var before = Moments.Of(x);
        var range = before.High - before.Low;
        // Inverted, what counts is how far below the highest value a voxel lies; the last pass turns the result back.
        var (origin, sign) = invert ? (before.High, -1) : (before.Low, 1);
        var after = Raise(x, origin, sign / Math.Max(range, (float)Epsilon), (float)gamma);
        // A power p becomes p range + lowest; then that less its mean, times what restores the deviation, plus the mean there was.
        var (scale, offset) = ((double)range, (double)(sign * origin));
        if (keepStatistics)
        {
            scale *= before.Deviation / Math.Max(after.Deviation * range, Epsilon);
            offset = (sign * before.Mean) - (after.Mean * scale);
        }

        Line(x, (float)(sign * scale), (float)(sign * offset));
    }

    // Replaces x by ((x - origin) slope) to the power; 0 stays 0, as its logarithm is minus infinity. Gives the moments of the result.
    private static Moments Raise(Span<float> x, float origin, float slope, float power)
    {
        var moments = new Moments(0.5f);
        var origins = new Vector<float>(origin);
        for (; x.Length > 0; x = x[Math.Min(Cached, x.Length)..])
        {
            var some = x[..Math.Min(Cached, x.Length)];
            var lanes = MemoryMarshal.Cast<float, Vector<float>>(some);
            foreach (ref var lane in lanes) lane = Vector.Exp(Vector.Log((lane - origins) * slope) * power);
            foreach (ref var value in some[(lanes.Length * Vector<float>.Count)..]) value = MathF.Pow((value - origin) * slope, power);
            moments.Add(some);
        }

        return moments;
    }

    private static void Line(Span<float> x, float slope, float offset)
    {
        var offsets = new Vector<float>(offset);
        var lanes = MemoryMarshal.Cast<float, Vector<float>>(x);
        foreach (ref var lane in lanes) lane = (lane * slope) + offsets;
        foreach (ref var value in x[(lanes.Length * Vector<float>.Count)..]) value = (value * slope) + offset;
    }
}
