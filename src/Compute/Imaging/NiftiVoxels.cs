using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Imaging;

/// <summary>Stored voxels to float32, as ITK reads and nnU-Net casts them: non-finite floats become 0, integers are scaled in double.</summary>
internal static class NiftiVoxels
{
    /// <summary>Converts a run of stored values; <paramref name="stored"/> is changed where its byte order is not the machine's.</summary>
    public static void Convert(Span<byte> stored, Span<float> values, NiftiHeader header)
    {
        if (header.BigEndian == BitConverter.IsLittleEndian) Reverse(stored, header.ValueBytes);
        switch (header.Type)
        {
            case NiftiType.UInt8: Integers<byte>(stored, values); break;
            case NiftiType.Int8: Integers<sbyte>(stored, values); break;
            case NiftiType.Int16: Integers<short>(stored, values); break;
            case NiftiType.UInt16: Integers<ushort>(stored, values); break;
            case NiftiType.Int32: Integers<int>(stored, values); break;
            case NiftiType.UInt32: Integers<uint>(stored, values); break;
            case NiftiType.Int64: Integers<long>(stored, values); break;
            case NiftiType.UInt64: Integers<ulong>(stored, values); break;
            case NiftiType.Float32:
                var singles = MemoryMarshal.Cast<byte, float>(stored);
                for (var i = 0; i < values.Length; i++) values[i] = float.IsFinite(singles[i]) ? singles[i] : 0;
                break;
            default:
                Doubles(MemoryMarshal.Cast<byte, double>(stored), values, header.Slope, header.Intercept);
                return;
        }

        if (!header.Rescales) return;
        for (var i = 0; i < values.Length; i++) values[i] = (float)((values[i] * header.Slope) + header.Intercept);
    }

    // Scaled before they are narrowed: slope 1 and intercept 0 leave a double as it is.
    private static void Doubles(ReadOnlySpan<double> stored, Span<float> values, double slope, double intercept)
    {
        for (var i = 0; i < values.Length; i++) values[i] = double.IsFinite(stored[i]) ? (float)((stored[i] * slope) + intercept) : (float)intercept;
    }

    private static void Integers<T>(ReadOnlySpan<byte> stored, Span<float> values) where T : unmanaged, INumber<T>
    {
        var numbers = MemoryMarshal.Cast<byte, T>(stored);
        for (var i = 0; i < values.Length; i++) values[i] = float.CreateTruncating(numbers[i]);
    }

    private static void Reverse(Span<byte> stored, int width)
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
