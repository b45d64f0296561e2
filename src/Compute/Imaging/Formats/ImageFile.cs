namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Opens image files, and turns what the system says of them into sentences.</summary>
internal static class ImageFile
{
    /// <summary>Bytes read at once.</summary>
    public const int BufferBytes = 1 << 16;

    /// <summary>Deflate cannot expand more than this (its format's limit): a header that asks for more lies.</summary>
    public const long DeflateExpansion = 1032;

    private const string Again = "copy or export it again";

    /// <summary>Runs what reads a file; failures of the system and of decompression become <see cref="DataException"/>.</summary>
    /// <exception cref="DataException">The file is missing, a folder, not permitted, damaged or truncated.</exception>
    public static T Guard<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new DataException(file, $"is damaged: its compressed part cannot be inflated ({e.Message})", Again, e);
        }
        catch (EndOfStreamException e)
        {
            throw new DataException(file, "is truncated: it ends early", Again, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException(file, "is not there", "check the path and the data set's file names", e);
        }
        catch (UnauthorizedAccessException e) when (Directory.Exists(file))
        {
            throw new DataException(file, "is a folder, not an image", "give the path of a file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(file, $"cannot be read ({e.Message})", "check its permissions and the disk", e);
        }
    }

    /// <summary>Opens a file for reading from its start to its end; call within <see cref="Guard"/>.</summary>
    public static FileStream OpenRead(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.SequentialScan);

    /// <summary>Skips bytes of a stream that cannot seek.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before.</exception>
    public static void Skip(Stream stream, long bytes)
    {
        if (bytes == 0) return;
        var scratch = new byte[(int)Math.Min(bytes, BufferBytes)];
        while (bytes > 0)
        {
            var read = stream.Read(scratch, 0, (int)Math.Min(bytes, scratch.Length));
            if (read == 0) throw new EndOfStreamException();
            bytes -= read;
        }
    }

    /// <summary>
    /// Reads on behind the last voxel: compressed streams hold their checksum at the end, and look at it only there. A damaged one may go on for a
    /// while, so more than a byte is tried; a file may also have other things behind its voxels, so it is not much more.
    /// </summary>
    public static void Finish(Stream stream)
    {
        Span<byte> scratch = stackalloc byte[1 << 12];
        for (var left = 1 << 20; left > 0;)
        {
            var read = stream.Read(scratch);
            if (read == 0) return;
            left -= read;
        }
    }

    /// <summary>Whether a stream begins with gzip's magic; the position stays at the start.</summary>
    public static bool IsGzip(FileStream stream)
    {
        var zipped = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = 0;
        return zipped;
    }

    /// <summary>Refuses a header that asks for more bytes than its file can hold, before anything is allocated.</summary>
    /// <param name="file">Named in the error.</param>
    /// <param name="needed">Bytes the voxels take; negative when the product overflows.</param>
    /// <param name="held">The most the file can hold, after decompression.</param>
    /// <param name="what">What the header says, such as <c>30 x 30 x 30 voxels of int16</c>.</param>
    /// <exception cref="DataException">It asks for more.</exception>
    public static void CheckHolds(string file, long needed, long held, string what)
    {
        if (needed < 0 || needed > held) throw new DataException(file, $"is too short for what its header says ({what}: {needed} bytes)", $"it is damaged or truncated; {Again}");
    }
}
