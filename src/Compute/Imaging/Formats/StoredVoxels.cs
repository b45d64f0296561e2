using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>How a file holds its numbers.</summary>
/// <param name="Type">On disk.</param>
/// <param name="BigEndian">Byte order.</param>
/// <param name="Slope">Numbers become value * slope + intercept.</param>
/// <param name="Intercept">See <paramref name="Slope"/>.</param>
/// <param name="ClearNonFinite">Not-a-number and infinities of float types become 0 before scaling, as ITK's NIfTI reader has it.</param>
internal readonly record struct StoredVoxels(VoxelType Type, bool BigEndian, double Slope = 1, double Intercept = 0, bool ClearNonFinite = false)
{
    /// <summary>Whether numbers must be scaled.</summary>
    public bool Rescales => Math.Abs(Slope - 1) > double.Epsilon || Math.Abs(Intercept) > double.Epsilon;

    /// <summary>Type after scaling: integers become float32, floats stay.</summary>
    public VoxelType TypeAsRead => Rescales && Type.IsInteger() ? VoxelType.Float32 : Type;

    /// <summary>Converts a run of stored numbers.</summary>
    /// <param name="stored">Changed where its byte order is not the machine's.</param>
    /// <param name="values">One for each stored number.</param>
    public void Convert<T>(Span<byte> stored, Span<T> values) where T : unmanaged, INumber<T>
    {
        if (BigEndian == BitConverter.IsLittleEndian) Reverse(stored, Type.Bytes());
        switch (Type)
        {
            case VoxelType.UInt8: Convert<byte, T>(stored, values); break;
            case VoxelType.Int8: Convert<sbyte, T>(stored, values); break;
            case VoxelType.Int16: Convert<short, T>(stored, values); break;
            case VoxelType.UInt16: Convert<ushort, T>(stored, values); break;
            case VoxelType.Int32: Convert<int, T>(stored, values); break;
            case VoxelType.UInt32: Convert<uint, T>(stored, values); break;
            case VoxelType.Int64: Convert<long, T>(stored, values); break;
            case VoxelType.UInt64: Convert<ulong, T>(stored, values); break;
            case VoxelType.Float32: Convert<float, T>(stored, values); break;
            default: Convert<double, T>(stored, values); break;
        }
    }

    private void Convert<TStored, T>(ReadOnlySpan<byte> stored, Span<T> values) where TStored : unmanaged, INumber<TStored> where T : unmanaged, INumber<T>
    {
        var numbers = MemoryMarshal.Cast<byte, TStored>(stored);
        if (Rescales)
        {
            Scale(numbers, values);
            return;
        }

        if (typeof(TStored) == typeof(T))
        {
            // Read in place: there is nothing to copy.
            if (!Unsafe.AreSame(in MemoryMarshal.GetReference(numbers), in Unsafe.As<T, TStored>(ref MemoryMarshal.GetReference(values))))
                MemoryMarshal.Cast<TStored, T>(numbers).CopyTo(values);
        }
        else if (typeof(T) == typeof(float)) VoxelWidening.ToSingle(numbers, MemoryMarshal.Cast<T, float>(values));
        else
            for (var i = 0; i < values.Length; i++)
                values[i] = T.CreateTruncating(numbers[i]);
        if (ClearNonFinite) Clear<TStored, T>(numbers, values);
    }

    // In double, then narrowed: what ITK and nibabel agree on to float32.
    private void Scale<TStored, T>(ReadOnlySpan<TStored> numbers, Span<T> values) where TStored : unmanaged, INumber<TStored> where T : unmanaged, INumber<T>
    {
        var (slope, intercept, clear) = (Slope, Intercept, ClearNonFinite);
        for (var i = 0; i < values.Length; i++)
        {
            var value = double.CreateTruncating(numbers[i]);
            values[i] = T.CreateTruncating(((clear && !double.IsFinite(value) ? 0 : value) * slope) + intercept);
        }
    }

    private static void Clear<TStored, T>(ReadOnlySpan<TStored> numbers, Span<T> values) where TStored : unmanaged, INumber<TStored> where T : unmanaged, INumber<T>
    {
        if (typeof(TStored) == typeof(float) && typeof(T) == typeof(float)) VoxelWidening.ClearNonFinite(MemoryMarshal.Cast<T, float>(values));
        else if (typeof(TStored) == typeof(float) || typeof(TStored) == typeof(double))
            for (var i = 0; i < values.Length; i++)
                if (!TStored.IsFinite(numbers[i]))
                    values[i] = T.Zero;
    }

    /// <summary>Turns round the bytes of each number.</summary>
    public static void Reverse(Span<byte> stored, int width)
    {
        switch (width)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, short>(stored);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var words = MemoryMarshal.Cast<byte, int>(stored);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, long>(stored);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
