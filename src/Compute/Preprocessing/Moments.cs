using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>Mean and standard deviation of a channel, summed in float64, and the change z-score makes with them.</summary>
internal static class Moments
{
    /// <summary>Mean and population standard deviation of all values, or of those whose mark is not negative; 0 and 0 where there are none.</summary>
    /// <param name="values">float32.</param>
    /// <param name="marks">As many, or none at all.</param>
    public static (double Mean, double Deviation) Of(ReadOnlySpan<float> values, ReadOnlySpan<short> marks)
    {
        var (sum, count) = Sum(values, marks, 0, squares: false);
        var mean = sum / Math.Max(1, count);
        var (squares, _) = Sum(values, marks, mean, squares: true);
        return (mean, Math.Sqrt(squares / Math.Max(1, count)));
    }

    /// <summary>Every value, or those whose mark is not negative, less <paramref name="centre"/> and divided by <paramref name="deviation"/>.</summary>
    public static void Standardize(Span<float> values, ReadOnlySpan<short> marks, float centre, float deviation)
    {
        var (centres, deviations) = (new Vector<float>(centre), new Vector<float>(deviation));
        var all = MemoryMarshal.Cast<float, Vector<float>>(values);
        var i = 0;
        if (marks.IsEmpty)
            for (; i < all.Length; i++) all[i] = (all[i] - centres) / deviations;
        else
            for (; i <= all.Length - 2; i += 2)
            {
                var (low, high) = Inside(marks, i);
                all[i] = Vector.ConditionalSelect(low, (all[i] - centres) / deviations, all[i]);
                all[i + 1] = Vector.ConditionalSelect(high, (all[i + 1] - centres) / deviations, all[i + 1]);
            }

        for (var rest = i * Vector<float>.Count; rest < values.Length; rest++)
            if (marks.IsEmpty || marks[rest] >= 0)
                values[rest] = (values[rest] - centre) / deviation;
    }

    private static (double Sum, long Count) Sum(ReadOnlySpan<float> values, ReadOnlySpan<short> marks, double mean, bool squares)
    {
        var all = MemoryMarshal.Cast<float, Vector<float>>(values);
        var means = new Vector<double>(mean);
        var (first, second) = (Vector<double>.Zero, Vector<double>.Zero);
        var (sum, count, i) = (0.0, 0L, 0);
        for (; i <= all.Length - 2; i += 2)
        {
            var (a, b) = marks.IsEmpty ? (Vector<int>.AllBitsSet, Vector<int>.AllBitsSet) : Inside(marks, i);
            if (!marks.IsEmpty) count -= Vector.Sum(a + b);
            Add(all[i], a, means, squares, ref first, ref second);
            Add(all[i + 1], b, means, squares, ref first, ref second);
        }

        sum += Vector.Sum(first) + Vector.Sum(second);
        for (var rest = i * Vector<float>.Count; rest < values.Length; rest++)
        {
            if (!marks.IsEmpty && marks[rest] < 0) continue;
            var value = values[rest] - mean;
            sum += squares ? value * value : value;
            count++;
        }

        return (sum, marks.IsEmpty ? values.Length : count);
    }

    private static void Add(Vector<float> values, Vector<int> inside, Vector<double> mean, bool squares, ref Vector<double> first, ref Vector<double> second)
    {
        Vector.Widen(values, out var low, out var high);
        Vector.Widen(inside, out var lowInside, out var highInside);
        (low, high) = (Vector.ConditionalSelect(lowInside, low - mean, Vector<double>.Zero), Vector.ConditionalSelect(highInside, high - mean, Vector<double>.Zero));
        if (squares) (low, high) = (low * low, high * high);
        (first, second) = (first + low, second + high);
    }

    // Marks of two vectors of floats: all bits where a mark is not negative.
    private static (Vector<int> Low, Vector<int> High) Inside(ReadOnlySpan<short> marks, int vector)
    {
        var some = Vector.GreaterThanOrEqual(new Vector<short>(marks[(vector * Vector<float>.Count)..]), Vector<short>.Zero);
        Vector.Widen(some, out var low, out var high);
        return (low, high);
    }
}
