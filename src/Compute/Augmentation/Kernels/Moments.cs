using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// Mean, sample (n - 1) standard deviation and range of a channel, in one pass. Sums are float64, of differences from one of the values, so that
/// nothing is lost where the mean is large. Lanes are counted from the first element: a library sum may start at an aligned address instead, and its
/// rounding would then depend on where the batch happens to lie in memory.
/// </summary>
internal struct Moments(float centre)
{
    private double _sum = 0, _squares = 0;
    private long _count = 0;

    /// <summary>The smallest value.</summary>
    public float Low { get; private set; } = float.PositiveInfinity;

    /// <summary>The largest value.</summary>
    public float High { get; private set; } = float.NegativeInfinity;

    /// <summary>The mean.</summary>
    public readonly double Mean => centre + (_sum / _count);

    /// <summary>The sample (n - 1) standard deviation.</summary>
    public readonly double Deviation => Math.Sqrt(Math.Max(0, _squares - (_sum * _sum / _count)) / Math.Max(1, _count - 1));

    /// <summary>Of a whole channel.</summary>
    public static Moments Of(ReadOnlySpan<float> x)
    {
        var moments = new Moments(x[0]);
        moments.Add(x);
        return moments;
    }

    /// <summary>Counts some values more. Locals, not fields: the loop's sums live in registers.</summary>
    public void Add(ReadOnlySpan<float> x)
    {
        var (sums, squares, lows, highs) = (Vector<double>.Zero, Vector<double>.Zero, new Vector<float>(Low), new Vector<float>(High));
        var centres = new Vector<float>(centre);
        var lanes = MemoryMarshal.Cast<float, Vector<float>>(x);
        foreach (var lane in lanes)
        {
            (lows, highs) = (Vector.Min(lows, lane), Vector.Max(highs, lane));
            Vector.Widen(lane - centres, out var a, out var b);
            sums += a + b;
            squares += (a * a) + (b * b);
        }

        for (var i = 0; i < Vector<float>.Count; i++) (Low, High) = (Math.Min(Low, lows[i]), Math.Max(High, highs[i]));
        (_sum, _squares) = (_sum + Vector.Sum(sums), _squares + Vector.Sum(squares));
        foreach (var value in x[(lanes.Length * Vector<float>.Count)..])
        {
            (Low, High) = (Math.Min(Low, value), Math.Max(High, value));
            double difference = value - centre;
            _sum += difference;
            _squares += difference * difference;
        }

        _count += x.Length;
    }
}
