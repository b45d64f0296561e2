using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>Smallest and largest value allowed in a result; a cubic spline overshoots and is held to the range of what went in.</summary>
internal readonly record struct ValueRange(double Low, double High)
{
    /// <summary>No limit.</summary>
    public static ValueRange Any => new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>The range of <paramref name="values"/>, which hold at least one.</summary>
    public static ValueRange Of(ReadOnlySpan<float> values)
    {
        var (low, high) = (values[0], values[0]);
        var blocks = MemoryMarshal.Cast<float, Vector<float>>(values);
        if (blocks.Length > 0)
        {
            var (lows, highs) = (blocks[0], blocks[0]);
            foreach (var block in blocks) (lows, highs) = (Vector.Min(lows, block), Vector.Max(highs, block));
            for (var i = 0; i < Vector<float>.Count; i++) (low, high) = (Math.Min(low, lows[i]), Math.Max(high, highs[i]));
        }

        foreach (var value in values[(blocks.Length * Vector<float>.Count)..]) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return new(low, high);
    }
}
