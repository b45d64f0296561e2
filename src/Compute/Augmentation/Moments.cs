using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// Mean and standard deviation in float64. Lanes are counted from the first element: a library sum may start at an aligned address instead, and its
/// rounding would then depend on where the batch happens to lie in memory.
/// </summary>
internal static class Moments
{
    /// <summary>The mean.</summary>
    public static double Mean(ReadOnlySpan<float> x)
    {
        var (low, high) = (Vector<double>.Zero, Vector<double>.Zero);
        var lanes = MemoryMarshal.Cast<float, Vector<float>>(x);
        foreach (var lane in lanes)
        {
            Vector.Widen(lane, out var a, out var b);
            (low, high) = (low + a, high + b);
        }

        var sum = Vector.Sum(low + high);
        foreach (var value in x[(lanes.Length * Vector<float>.Count)..]) sum += value;
        return sum / x.Length;
    }

    /// <summary>Mean and sample (n - 1) standard deviation.</summary>
    public static (double Mean, double Deviation) Of(ReadOnlySpan<float> x)
    {
        var mean = Mean(x);
        var (centre, low, high) = (new Vector<double>(mean), Vector<double>.Zero, Vector<double>.Zero);
        var lanes = MemoryMarshal.Cast<float, Vector<float>>(x);
        foreach (var lane in lanes)
        {
            Vector.Widen(lane, out var a, out var b);
            (a, b) = (a - centre, b - centre);
            (low, high) = (low + (a * a), high + (b * b));
        }

        var sum = Vector.Sum(low + high);
        foreach (var value in x[(lanes.Length * Vector<float>.Count)..]) sum += (value - mean) * (value - mean);
        return (mean, Math.Sqrt(sum / Math.Max(1, x.Length - 1)));
    }
}
