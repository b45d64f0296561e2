using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Stored numbers to float32, vectorised for the types images mostly have: this runs once for every voxel that is read.</summary>
internal static class VoxelWidening
{
    /// <summary>One float for each number; what has more digits than float32 is rounded to nearest.</summary>
    public static void ToSingle<T>(ReadOnlySpan<T> numbers, Span<float> values) where T : unmanaged, INumber<T>
    {
        var done = 0;
        if (typeof(T) == typeof(short)) done = Shorts(Cast<T, short>(numbers), values);
        else if (typeof(T) == typeof(ushort)) done = UShorts(Cast<T, ushort>(numbers), values);
        else if (typeof(T) == typeof(byte)) done = Bytes(Cast<T, byte>(numbers), values);
        else if (typeof(T) == typeof(int)) TensorPrimitives.ConvertTruncating(Cast<T, int>(numbers), values[..(done = numbers.Length)]);
        else if (typeof(T) == typeof(double)) TensorPrimitives.ConvertTruncating(Cast<T, double>(numbers), values[..(done = numbers.Length)]);
        for (; done < values.Length; done++) values[done] = float.CreateTruncating(numbers[done]);
    }

    /// <summary>Not-a-number and infinities become 0.</summary>
    public static void ClearNonFinite(Span<float> values)
    {
        // x - x is 0 for finite numbers and not-a-number for the others.
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (ref var v in vectors)
            if (!Vector.EqualsAll(v - v, Vector<float>.Zero))
                v = Vector.ConditionalSelect(Vector.Equals(v - v, Vector<float>.Zero), v, Vector<float>.Zero);
        foreach (ref var value in values[(vectors.Length * Vector<float>.Count)..])
            if (!float.IsFinite(value))
                value = 0;
    }

    private static ReadOnlySpan<TTo> Cast<T, TTo>(ReadOnlySpan<T> numbers) where T : unmanaged where TTo : unmanaged => MemoryMarshal.Cast<T, TTo>(numbers);

    private static int Shorts(ReadOnlySpan<short> numbers, Span<float> values)
    {
        var width = Vector<short>.Count;
        ref var target = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i <= numbers.Length - width; i += width)
        {
            Vector.Widen(new Vector<short>(numbers[i..]), out var low, out var high);
            Vector.ConvertToSingle(low).StoreUnsafe(ref Unsafe.Add(ref target, i));
            Vector.ConvertToSingle(high).StoreUnsafe(ref Unsafe.Add(ref target, i + (width / 2)));
        }

        return i;
    }

    private static int UShorts(ReadOnlySpan<ushort> numbers, Span<float> values)
    {
        var width = Vector<ushort>.Count;
        ref var target = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i <= numbers.Length - width; i += width)
        {
            // Through int: below 2^31 the sign bit is never set, and converting from int is one instruction.
            Vector.Widen(new Vector<ushort>(numbers[i..]), out var low, out var high);
            Vector.ConvertToSingle(Vector.AsVectorInt32(low)).StoreUnsafe(ref Unsafe.Add(ref target, i));
            Vector.ConvertToSingle(Vector.AsVectorInt32(high)).StoreUnsafe(ref Unsafe.Add(ref target, i + (width / 2)));
        }

        return i;
    }

    private static int Bytes(ReadOnlySpan<byte> numbers, Span<float> values)
    {
        var width = Vector<byte>.Count;
        ref var target = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i <= numbers.Length - width; i += width)
        {
            Vector.Widen(new Vector<byte>(numbers[i..]), out var low, out var high);
            Store(low, ref Unsafe.Add(ref target, i));
            Store(high, ref Unsafe.Add(ref target, i + (width / 2)));
        }

        return i;
    }

    private static void Store(Vector<ushort> numbers, ref float target)
    {
        Vector.Widen(numbers, out var low, out var high);
        Vector.ConvertToSingle(Vector.AsVectorInt32(low)).StoreUnsafe(ref target);
        Vector.ConvertToSingle(Vector.AsVectorInt32(high)).StoreUnsafe(ref Unsafe.Add(ref target, Vector<int>.Count));
    }
}
