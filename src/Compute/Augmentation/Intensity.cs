using System.Numerics.Tensors;

namespace ActorSeg.Compute.Augmentation;

/// <summary>The intensity transforms on one channel, in place (spec 06 sections 7.4 to 7.8).</summary>
internal static class Intensity
{
    private const double Epsilon = 1e-7;

    /// <summary>Adds normal noise of this standard deviation (which the reference calls its variance).</summary>
    public static void Noise(Span<float> x, float sigma, ref Philox random)
    {
        for (var i = 0; i < x.Length; i++) x[i] += sigma * random.Normal();
    }

    /// <summary>Multiplies.</summary>
    public static void Brightness(Span<float> x, float factor) => TensorPrimitives.Multiply(x, factor, x);

    /// <summary>Stretches about the mean, within the range there was.</summary>
    public static void Contrast(Span<float> x, float factor)
    {
        var mean = (float)Mean(x);
        var (low, high) = (TensorPrimitives.Min(x), TensorPrimitives.Max(x));
        for (var i = 0; i < x.Length; i++) x[i] = Math.Clamp(((x[i] - mean) * factor) + mean, low, high);
    }

    /// <summary>Raises the channel, scaled to 0..1, to a power; mean and standard deviation (n - 1) are kept. Inverted: on the negative.</summary>
    public static void Gamma(Span<float> x, double gamma, bool invert)
    {
        if (invert) TensorPrimitives.Negate(x, x);
        var (mean, deviation) = Statistics(x);
        var low = TensorPrimitives.Min(x);
        var range = TensorPrimitives.Max(x) - low;
        var scale = 1 / Math.Max(range, (float)Epsilon);
        for (var i = 0; i < x.Length; i++) x[i] = (MathF.Pow((x[i] - low) * scale, (float)gamma) * range) + low;
        var (newMean, newDeviation) = Statistics(x);
        var stretch = (float)(deviation / Math.Max(newDeviation, Epsilon));
        for (var i = 0; i < x.Length; i++) x[i] = ((x[i] - (float)newMean) * stretch) + (float)mean;
        if (invert) TensorPrimitives.Negate(x, x);
    }

    private static (double Mean, double Deviation) Statistics(ReadOnlySpan<float> x)
    {
        var mean = Mean(x);
        var sum = 0.0;
        foreach (var v in x) sum += (v - mean) * (v - mean);
        return (mean, Math.Sqrt(sum / Math.Max(1, x.Length - 1)));
    }

    private static double Mean(ReadOnlySpan<float> x)
    {
        var sum = 0.0;
        foreach (var v in x) sum += v;
        return sum / x.Length;
    }
}
