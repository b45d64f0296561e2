using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>Rows of float64 worked on side by side. Rows of the scratch are whole vectors long; only what enters and leaves may be shorter.</summary>
internal static class Lanes
{
    /// <summary>Doubles of one cache line pair; row lengths are multiples of it, and of every vector length there is.</summary>
    public const int Granule = 16;

    /// <summary>Copies float32 or float64 values into a row.</summary>
    public static void Widen<T>(ReadOnlySpan<T> source, Span<double> row) where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            MemoryMarshal.Cast<T, double>(source).CopyTo(row);
            return;
        }

        var values = MemoryMarshal.Cast<T, float>(source);
        ref var from = ref MemoryMarshal.GetReference(values);
        ref var to = ref MemoryMarshal.GetReference(row[..values.Length]);
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)i), out var low, out var high);
            low.StoreUnsafe(ref to, (nuint)i);
            high.StoreUnsafe(ref to, (nuint)(i + Vector<double>.Count));
        }

        for (; i < values.Length; i++) row[i] = values[i];
    }

    /// <summary>Copies the start of a row into float64 values as they are, or clamped into float32 values.</summary>
    public static void Narrow<T>(ReadOnlySpan<double> row, Span<T> target, ValueRange range) where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            row[..target.Length].CopyTo(MemoryMarshal.Cast<T, double>(target));
            return;
        }

        var values = MemoryMarshal.Cast<T, float>(target);
        ref var from = ref MemoryMarshal.GetReference(row[..values.Length]);
        ref var to = ref MemoryMarshal.GetReference(values);
        var (low, high) = (new Vector<double>(range.Low), new Vector<double>(range.High));
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var first = Vector.Min(Vector.Max(Vector.LoadUnsafe(ref from, (nuint)i), low), high);
            var second = Vector.Min(Vector.Max(Vector.LoadUnsafe(ref from, (nuint)(i + Vector<double>.Count)), low), high);
            Vector.Narrow(first, second).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < values.Length; i++) values[i] = (float)Math.Min(Math.Max(row[i], range.Low), range.High);
    }

    /// <summary>target = a * target + b * other.</summary>
    public static void Combine(Span<double> target, double a, double b, ReadOnlySpan<double> other)
    {
        ref var x = ref MemoryMarshal.GetReference(target);
        ref var y = ref MemoryMarshal.GetReference(other[..target.Length]);
        for (nuint i = 0; i < (nuint)target.Length; i += (nuint)Vector<double>.Count)
            ((Vector.LoadUnsafe(ref x, i) * a) + (Vector.LoadUnsafe(ref y, i) * b)).StoreUnsafe(ref x, i);
    }

    /// <summary>target = the weighted sum of 1, 2 or 4 rows.</summary>
    /// <param name="rows">All rows, one after the other.</param>
    /// <param name="width">Length of a row.</param>
    /// <param name="which">Indices of the rows.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="target">One row.</param>
    public static void WeightedSum(ReadOnlySpan<double> rows, int width, ReadOnlySpan<int> which, ReadOnlySpan<double> weights, Span<double> target)
    {
        ref var sum = ref MemoryMarshal.GetReference(target[..width]);
        ref var r0 = ref Row(rows, width, which[0]);
        if (which.Length == 1)
        {
            rows.Slice(which[0] * width, width).CopyTo(target);
            return;
        }

        ref var r1 = ref Row(rows, width, which[1]);
        var (w0, w1) = (new Vector<double>(weights[0]), new Vector<double>(weights[1]));
        if (which.Length == 2)
        {
            for (nuint i = 0; i < (nuint)width; i += (nuint)Vector<double>.Count)
                ((Vector.LoadUnsafe(ref r0, i) * w0) + (Vector.LoadUnsafe(ref r1, i) * w1)).StoreUnsafe(ref sum, i);
            return;
        }

        ref var r2 = ref Row(rows, width, which[2]);
        ref var r3 = ref Row(rows, width, which[3]);
        var (w2, w3) = (new Vector<double>(weights[2]), new Vector<double>(weights[3]));
        for (nuint i = 0; i < (nuint)width; i += (nuint)Vector<double>.Count)
        {
            var outer = (Vector.LoadUnsafe(ref r0, i) * w0) + (Vector.LoadUnsafe(ref r3, i) * w3);
            var inner = (Vector.LoadUnsafe(ref r1, i) * w1) + (Vector.LoadUnsafe(ref r2, i) * w2);
            (outer + inner).StoreUnsafe(ref sum, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref double Row(ReadOnlySpan<double> rows, int width, int index) => ref MemoryMarshal.GetReference(rows.Slice(index * width, width));
}
