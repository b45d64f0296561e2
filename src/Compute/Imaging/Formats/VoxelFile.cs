using System.IO.Compression;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>How voxels are compressed in a file.</summary>
internal enum VoxelPacking
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip, of header and voxels alike.</summary>
    Gzip,

    /// <summary>gzip, behind a header that is not compressed.</summary>
    GzipBehindHeader,

    /// <summary>zlib, behind a header that is not compressed.</summary>
    ZlibBehindHeader,
}

/// <summary>Writes a header and voxels durably: what all formats have in common.</summary>
internal static class VoxelFile
{
    private const int ChunkValues = 1 << 16;

    /// <summary>Writes one file and returns how many bytes its voxels took.</summary>
    /// <param name="file">Written under another name first; its folder exists.</param>
    /// <param name="packing">Compression.</param>
    /// <param name="header">Before the voxels; may be empty.</param>
    /// <param name="values">Stored in their own type.</param>
    /// <param name="bigEndian">Byte order.</param>
    /// <param name="final">Makes the header, of the same length, from the bytes that the voxels took; null where it does not tell them.</param>
    public static long Save<T>(
        string file, VoxelPacking packing, byte[] header, ReadOnlySpan<T> values, bool bigEndian = false, Func<long, byte[]>? final = null) where T : unmanaged =>
        SaveAs<T, T>(file, packing, header, values, bigEndian, final);

    /// <summary>As <see cref="Save"/>; labels of uint16 may be stored as bytes, and are narrowed a chunk at a time.</summary>
    public static unsafe long SaveAs<T, TStored>(
        string file, VoxelPacking packing, byte[] header, ReadOnlySpan<T> values, bool bigEndian = false, Func<long, byte[]>? final = null)
        where T : unmanaged where TStored : unmanaged
    {
        var packed = 0L;
        // A span cannot enter the closure; its memory is pinned for as long as the file is written.
        fixed (T* first = values)
        {
            var at = first;
            var count = values.Length;
            DurableFile.Write(file, stream =>
            {
                if (packing != VoxelPacking.Gzip) stream.Write(header);
                using (var zip = Pack<TStored>(stream, packing))
                {
                    var target = zip ?? stream;
                    if (packing == VoxelPacking.Gzip) target.Write(header);
                    var reversed = bigEndian == BitConverter.IsLittleEndian && sizeof(TStored) > 1;
                    var scratch = reversed || sizeof(T) != sizeof(TStored) ? new byte[ChunkValues * sizeof(TStored)] : [];
                    for (var done = 0; done < count; done += ChunkValues)
                        target.Write(Bytes<T, TStored>(new ReadOnlySpan<T>(at + done, Math.Min(ChunkValues, count - done)), scratch, reversed));
                }

                packed = stream.Position - header.Length;
                if (final is null) return;
                stream.Position = 0;
                stream.Write(final(packed));
            });
        }

        return packed;
    }

    private static ReadOnlySpan<byte> Bytes<T, TStored>(ReadOnlySpan<T> chunk, byte[] scratch, bool reversed) where T : unmanaged where TStored : unmanaged
    {
        if (typeof(T) == typeof(ushort) && typeof(TStored) == typeof(byte))
        {
            TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<T, ushort>(chunk), scratch.AsSpan());
            return scratch.AsSpan(0, chunk.Length);
        }

        var bytes = MemoryMarshal.AsBytes(chunk);
        if (!reversed) return bytes;
        bytes.CopyTo(scratch);
        StoredVoxels.Reverse(scratch.AsSpan(0, bytes.Length), Marshal.SizeOf<T>());
        return scratch.AsSpan(0, bytes.Length);
    }

    private static Stream? Pack<T>(Stream stream, VoxelPacking packing) where T : unmanaged => packing switch
    {
        VoxelPacking.None => null,
        VoxelPacking.ZlibBehindHeader => new ZLibStream(stream, Compression<T>(), leaveOpen: true),
        _ => new GZipStream(stream, Compression<T>(), leaveOpen: true),
    };

    // Single bytes are label maps: long runs, which the run-length strategy finds ten times faster than a search for strings, and packs better than
    // zlib's level 1 does (bench/imaging). It knows runs of one byte only, so wider numbers take the usual search.
    private static ZLibCompressionOptions Compression<T>() where T : unmanaged => Marshal.SizeOf<T>() == 1
        ? new() { CompressionLevel = 6, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding }
        : new() { CompressionLevel = 6 };
}
