using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Inference.Export;

/// <summary>Weighted sums of two rows in float64, and their rounding to half precision in one step, as the reference rounds: through float32 a tie would be rounded twice.</summary>
internal static class HalfRounding
{
    private const double SmallestNormal = 1.0 / (1 << 14);

    // 1.5 x 2^42: added to a number of exponent e it leaves ulps of 2^(e - 10), half precision's, and is then taken away again.
    private const double Shift = 1.5 * (1L << 42);
    private const ulong ExponentBits = 0x7FF0_0000_0000_0000;

    /// <summary>target = a * wa + b * wb, in float64.</summary>
    public static void Mix(ReadOnlySpan<float> a, double wa, ReadOnlySpan<float> b, double wb, Span<double> target)
    {
        ref var first = ref MemoryMarshal.GetReference(a);
        ref var second = ref MemoryMarshal.GetReference(b[..a.Length]);
        ref var to = ref MemoryMarshal.GetReference(target[..a.Length]);
        var (va, vb) = (new Vector<double>(wa), new Vector<double>(wb));
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref first, (nuint)i), out var lowA, out var highA);
            Vector.Widen(Vector.LoadUnsafe(ref second, (nuint)i), out var lowB, out var highB);
            ((lowA * va) + (lowB * vb)).StoreUnsafe(ref to, (nuint)i);
            ((highA * va) + (highB * vb)).StoreUnsafe(ref to, (nuint)(i + Vector<double>.Count));
        }

        for (; i < a.Length; i++) target[i] = (a[i] * wa) + (b[i] * wb);
    }

    /// <summary>target = a * wa + b * wb, rounded to half precision or to float32.</summary>
    public static void Mix(ReadOnlySpan<double> a, double wa, ReadOnlySpan<double> b, double wb, Span<float> target, bool toHalf)
    {
        ref var first = ref MemoryMarshal.GetReference(a);
        ref var second = ref MemoryMarshal.GetReference(b[..a.Length]);
        ref var to = ref MemoryMarshal.GetReference(target[..a.Length]);
        var (va, vb) = (new Vector<double>(wa), new Vector<double>(wb));
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var at = (nuint)i;
            var low = (Vector.LoadUnsafe(ref first, at) * va) + (Vector.LoadUnsafe(ref second, at) * vb);
            at += (nuint)Vector<double>.Count;
            var high = (Vector.LoadUnsafe(ref first, at) * va) + (Vector.LoadUnsafe(ref second, at) * vb);
            if (toHalf) (low, high) = (Round(low), Round(high));
            Vector.Narrow(low, high).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < a.Length; i++)
        {
            var value = (a[i] * wa) + (b[i] * wb);
            target[i] = toHalf ? (float)(Half)value : (float)value;
        }
    }

    /// <summary>To the nearest number of half precision, ties to even; magnitudes above 65504 are not expected.</summary>
    internal static Vector<double> Round(Vector<double> value)
    {
        var power = Vector.AsVectorDouble(Vector.AsVectorUInt64(value) & new Vector<ulong>(ExponentBits));
        var shift = Vector.Max(power, new Vector<double>(SmallestNormal)) * Shift;
        return (value + shift) - shift;
    }
}
