using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Writes PNG of 8 or 16 bits: grey, grey with opacity, RGB, RGBA; not interlaced.</summary>
internal static class PngWriter
{
    /// <summary>Writes a picture durably.</summary>
    /// <exception cref="DataException">It has other than 1 to 4 unsigned numbers of 8 or 16 bits a pixel, or is no picture.</exception>
    public static void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged
    {
        if (values.Length != header.Values) throw new ArgumentException($"the image needs {header.Values} values, got {values.Length}", nameof(values));
        if (VoxelTypes.Of<T>() is not (VoxelType.UInt8 or VoxelType.UInt16) || header.Components > 4 || header.Kind == VoxelKind.Complex)
            throw new DataException(
                file, $"cannot hold {header.Components} x {VoxelTypes.Of<T>().NumpyName()} a pixel", "PNG holds 1 to 4 unsigned numbers of 8 or 16 bits; choose another format");
        if (header.Size.Skip(2).Any(extent => extent != 1) || header.Axes < 2)
            throw new DataException(file, $"cannot hold {string.Join(" x ", header.Size)} voxels", "PNG holds one slice; choose another format");
        var compressed = Compress(values, header);
        DurableFile.Write(file, stream =>
        {
            stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
            var ihdr = new byte[13];
            BinaryPrimitives.WriteInt32BigEndian(ihdr, header.Size[0]);
            BinaryPrimitives.WriteInt32BigEndian(ihdr.AsSpan(4), header.Size[1]);
            (ihdr[8], ihdr[9]) = ((byte)(8 * VoxelTypes.Of<T>().Bytes()), header.Components switch { 1 => (byte)0, 2 => (byte)4, 3 => (byte)2, _ => (byte)6 });
            Chunk(stream, "IHDR"u8, ihdr);
            Chunk(stream, "IDAT"u8, compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
            Chunk(stream, "IEND"u8, []);
        });
    }

    // Each byte as its difference from the one above (filter 2): label maps become nearly all zeros, and pictures pack no worse than with none.
    private static MemoryStream Compress<T>(ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged
    {
        var target = new MemoryStream();
        using var zip = new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true);
        var (row, above, filtered) = (new byte[header.Size[0] * header.Components * VoxelTypes.Of<T>().Bytes()], Array.Empty<byte>(), Array.Empty<byte>());
        (above, filtered) = (new byte[row.Length], new byte[row.Length + 1]);
        var across = header.Size[0] * header.Components;
        filtered[0] = 2;
        for (var y = 0; y < header.Size[1]; y++)
        {
            var numbers = values.Slice(y * across, across);
            if (typeof(T) == typeof(ushort)) BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, ushort>(numbers), MemoryMarshal.Cast<byte, ushort>(row.AsSpan()));
            else MemoryMarshal.AsBytes(numbers).CopyTo(row);
            for (var i = 0; i < row.Length; i++) filtered[i + 1] = (byte)(row[i] - above[i]);
            zip.Write(filtered);
            (row, above) = (above, row);
        }

        return target;
    }

    private static void Chunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> bytes)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Append(Crc32.Of(type), bytes));
        stream.Write(number);
    }
}
