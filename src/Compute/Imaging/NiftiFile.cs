using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Imaging;

/// <summary>
/// NIfTI-1 files, plain or gzip. What the header asks for is held against the file's length before anything is allocated. Reading holds the
/// float32 result and one buffer of 64 KiB.
/// </summary>
internal static class NiftiFile
{
    private const int BufferBytes = 1 << 16;

    // Deflate cannot expand more than this (its format's limit), so a header that asks for more lies.
    private const long MaximalExpansion = 1032;

    /// <summary>Header and voxels; channels in C order, x contiguous.</summary>
    /// <exception cref="DataException">The file is missing, not NIfTI-1, damaged or shorter than its header says.</exception>
    public static (NiftiHeader Header, float[] Values) Read(string file) => Open(file, (stream, header, length) =>
    {
        var needed = checked(header.DataOffset + (header.Values * header.ValueBytes));
        if (needed > length || header.Values > Array.MaxLength)
            throw new DataException(file, $"is too short for what its header says ({header.Shape}, {header.Channels} channels: {needed} bytes)",
                "it is damaged or truncated; copy or export it again");
        Skip(stream, header.DataOffset - NiftiHeader.Bytes, file);
        var values = new float[header.Values];
        var buffer = new byte[BufferBytes];
        for (var done = 0; done < values.Length;)
        {
            var count = Math.Min(BufferBytes / header.ValueBytes, values.Length - done);
            var stored = buffer.AsSpan(0, count * header.ValueBytes);
            if (stream.ReadAtLeast(stored, stored.Length, throwOnEndOfStream: false) < stored.Length)
                throw new DataException(file, $"ends after about {done} of {values.Length} voxels", "it is truncated; copy or export it again");
            NiftiVoxels.Convert(stored, values.AsSpan(done, count), header);
            done += count;
        }

        // gzip holds its checksum at the end: it is only looked at when the end is reached.
        if (stream is GZipStream) _ = stream.Read(buffer);
        return (header, values);
    });

    /// <summary>The header alone.</summary>
    /// <exception cref="DataException">The file is missing or its header unreadable.</exception>
    public static NiftiHeader ReadHeader(string file) => Open(file, (_, header, _) => header);

    /// <summary>Writes one volume durably; gzip if the name ends in <c>.gz</c>.</summary>
    /// <param name="file">Ends in <c>.nii</c> or <c>.nii.gz</c>.</param>
    /// <param name="values">C order, x contiguous.</param>
    /// <param name="shape">One slice where the geometry has two axes.</param>
    /// <param name="geometry">Becomes qform, sform and voxel size.</param>
    /// <param name="type">What <typeparamref name="T"/> is in NIfTI.</param>
    /// <exception cref="DataException">An extent is larger than NIfTI-1 can say.</exception>
    public static void Write<T>(string file, ReadOnlySpan<T> values, VolumeShape shape, ImageGeometry geometry, NiftiType type) where T : unmanaged
    {
        if (values.Length != shape.Voxels) throw new ArgumentException($"{shape} needs {shape.Voxels} values, got {values.Length}", nameof(values));
        var axes = geometry.Spacing.Count;
        if (axes is not (2 or 3) || (axes == 2 && shape.Z != 1))
            throw new ArgumentException($"a geometry of {axes} axes does not describe {shape}", nameof(geometry));
        if (Math.Max(shape.Z, Math.Max(shape.Y, shape.X)) > short.MaxValue)
            throw new DataException(file, $"cannot hold {shape} voxels: NIfTI-1 ends at {short.MaxValue} an axis", "crop the image, or write another format");

        var header = new byte[NiftiHeader.Bytes + 4];
        BinaryPrimitives.WriteInt32LittleEndian(header, NiftiHeader.Bytes);
        header[38] = (byte)'r';
        short[] dimensions = [(short)axes, (short)shape.X, (short)shape.Y, (short)shape.Z, 1, 1, 1, 1];
        for (var i = 0; i < 8; i++) BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(40 + (2 * i)), dimensions[i]);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(70), (short)type);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(72), (short)(8 * Marshal.SizeOf<T>()));
        for (var i = 1; i < 8; i++) BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(76 + (4 * i)), 1);
        BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(108), header.Length);
        BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(112), 1);
        header[123] = 2 | 8; // millimetres and seconds
        NiftiGeometry.Write(header, geometry);
        "n+1\0"u8.CopyTo(header.AsSpan(344));

        var bytes = MemoryMarshal.AsBytes(values).ToArray();
        DurableFile.Write(file, stream =>
        {
            if (!file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                stream.Write(header);
                stream.Write(bytes);
                return;
            }

            using var zip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
            zip.Write(header);
            zip.Write(bytes);
        });
    }

    private static T Open<T>(string file, Func<Stream, NiftiHeader, long, T> use)
    {
        try
        {
            using var raw = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
            var zipped = raw.ReadByte() == 0x1f && raw.ReadByte() == 0x8b;
            raw.Position = 0;
            // The content decides, not the name: a plain file called .nii.gz is read by ITK too.
            using var stream = zipped ? new GZipStream(raw, CompressionMode.Decompress) : (Stream)raw;
            var bytes = new byte[NiftiHeader.Bytes];
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                throw new DataException(file, "is shorter than a NIfTI-1 header (348 bytes)", "it is empty or truncated; copy or export it again");
            return use(stream, NiftiHeader.Parse(bytes, file), zipped ? checked(raw.Length * MaximalExpansion) : raw.Length);
        }
        catch (InvalidDataException e)
        {
            throw new DataException(file, $"is damaged: its gzip stream cannot be inflated ({e.Message})", "copy or export it again", e);
        }
        catch (EndOfStreamException e)
        {
            throw new DataException(file, "is truncated: its gzip stream ends early", "copy or export it again", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException(file, "is not there", "check the path and the data set's file names", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(file, $"cannot be read ({e.Message})", "check its permissions and the disk", e);
        }
    }

    private static void Skip(Stream stream, long bytes, string file)
    {
        var scratch = new byte[(int)Math.Min(bytes, BufferBytes)];
        while (bytes > 0)
        {
            var read = stream.Read(scratch, 0, (int)Math.Min(bytes, scratch.Length));
            if (read == 0) throw new DataException(file, "ends before its voxels begin (vox_offset)", "it is truncated; copy or export it again");
            bytes -= read;
        }
    }
}
