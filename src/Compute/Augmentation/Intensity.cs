using System.Numerics.Tensors;

namespace ActorSeg.Compute.Augmentation;

/// <summary>The intensity transforms that treat each voxel by itself, in place (spec 06 sections 7.4, 7.6, 7.8).</summary>
internal static class Intensity
{
    private const double Epsilon = 1e-7;

    /// <summary>Adds normal noise of this standard deviation (which the reference calls its variance).</summary>
    public static void Noise(Span<float> x, float sigma, ref Philox random)
    {
        using var normal = new Scratch<float>(x.Length);
        random.Normals(normal.Span);
        TensorPrimitives.MultiplyAdd(normal.Span, sigma, x, x);
    }

    /// <summary>Multiplies.</summary>
    public static void Brightness(Span<float> x, float factor) => TensorPrimitives.Multiply(x, factor, x);

    /// <summary>Stretches about the mean, within the range there was.</summary>
    public static void Contrast(Span<float> x, float factor)
    {
        var mean = (float)Moments.Mean(x);
        var (low, high) = (TensorPrimitives.Min(x), TensorPrimitives.Max(x));
        TensorPrimitives.Subtract(x, mean, x);
        Line(x, factor, mean);
        TensorPrimitives.Max(x, low, x);
        TensorPrimitives.Min(x, high, x);
    }

    /// <summary>Raises the channel, scaled to 0..1, to a power; mean and standard deviation (n - 1) are kept. Inverted: on the negative.</summary>
    public static void Gamma(Span<float> x, double gamma, bool invert)
    {
        if (invert) TensorPrimitives.Negate(x, x);
        var (mean, deviation) = Moments.Of(x);
        var low = TensorPrimitives.Min(x);
        var range = TensorPrimitives.Max(x) - low;
        TensorPrimitives.Subtract(x, low, x);
        TensorPrimitives.Multiply(x, 1 / Math.Max(range, (float)Epsilon), x);
        // The library's power is not vectorised; logarithm and exponential are, and 0 goes through them as 0.
        TensorPrimitives.Log(x, x);
        TensorPrimitives.Multiply(x, (float)gamma, x);
        TensorPrimitives.Exp(x, x);
        Line(x, range, low);
        var (newMean, newDeviation) = Moments.Of(x);
        TensorPrimitives.Subtract(x, (float)newMean, x);
        Line(x, (float)(deviation / Math.Max(newDeviation, Epsilon)), (float)mean);
        if (invert) TensorPrimitives.Negate(x, x);
    }

    private static void Line(Span<float> x, float slope, float offset)
    {
        TensorPrimitives.Multiply(x, slope, x);
        TensorPrimitives.Add(x, offset, x);
    }
}
