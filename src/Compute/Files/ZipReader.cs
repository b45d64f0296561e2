using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ActorSeg.Compute.Files;

/// <summary>
/// Reads zips that come from outside: through the central directory, with every size checked before memory is taken, members stored or deflated,
/// checksums verified. Reads go through the file and not through a map, so that a failing disk is an exception and never a signal. Not thread-safe.
/// </summary>
public sealed class ZipReader : IDisposable
{
    /// <summary>What deflated members may unpack to altogether unless the caller says otherwise.</summary>
    public const long DefaultMostInflated = 1L << 32;

    private const int BlockBytes = 1 << 18;
    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, ZipEntry> _byName;
    private byte[]? _block;

    private ZipReader(SafeFileHandle file, string path, IReadOnlyList<ZipEntry> entries, (long Length, DateTime Modified) stamp)
    {
        (_file, Path, Entries, Stamp) = (file, path, entries, stamp);
        _byName = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The members in the directory's order.</summary>
    public IReadOnlyList<ZipEntry> Entries { get; }

    /// <summary>Opens a zip and reads its directory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostInflated">Bytes that deflated members may unpack to altogether.</param>
    /// <exception cref="DataException">It is missing, unreadable, cut short, not a zip, or breaks a bound.</exception>
    public static ZipReader Open(string path, long mostInflated = DefaultMostInflated) => Open(path, mostInflated, 0);

    /// <summary>As <see cref="Open(string, long)"/>, where a longer file may unpack to more.</summary>
    internal static ZipReader Open(string path, long mostInflated, long inflatedPerByte)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var (length, modified) = (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));
            return new ZipReader(file, path, ZipDirectory.Read(file, length, path, checked(mostInflated + (inflatedPerByte * length))), (length, modified));
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is FileNotFoundException or DirectoryNotFoundException)
                throw new DataException(path, "does not exist", "check the path and that the step that writes it has run", e);
            if (e is OverflowException) throw ZipDirectory.Damaged(path, "its sizes overflow", e);
            if (e is IOException or UnauthorizedAccessException)
                throw new DataException(path, $"cannot be read ({e.Message})", "check its permissions and the disk", e);
            throw;
        }
    }

    /// <summary>Bytes of the members opened so far, each time anew: tells whether something is read twice.</summary>
    internal long BytesOpened { get; private set; }

    /// <summary>The member of that name; null where there is none.</summary>
    public ZipEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Where the bytes of a member begin in the file.</summary>
    /// <exception cref="DataException">Its local header is not there or names another member.</exception>
    public long DataOffset(ZipEntry entry)
    {
        const int HeaderLength = 30;
        var header = ZipDirectory.Bytes(_file, entry.HeaderOffset, HeaderLength, Path);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26)), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        var name = Encoding.UTF8.GetBytes(entry.Name);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x04034B50 || nameLength != name.Length
            || !name.AsSpan().SequenceEqual(ZipDirectory.Bytes(_file, entry.HeaderOffset + HeaderLength, nameLength, Path)))
            throw ZipDirectory.Damaged(Path, $"the member '{entry.Name}' is not where the directory says");
        var offset = entry.HeaderOffset + HeaderLength + nameLength + extraLength;
        return offset <= RandomAccess.GetLength(_file) - entry.StoredLength
            ? offset
            : throw ZipDirectory.Damaged(Path, $"the member '{entry.Name}' is cut short");
    }

    /// <summary>Opens a member for one pass from its first byte.</summary>
    public ZipMember Open(ZipEntry entry)
    {
        BytesOpened += entry.StoredLength;
        Stream stream = new ZipSection(_file, DataOffset(entry), entry.StoredLength);
        return new ZipMember(entry, Path, entry.IsDeflated ? new DeflateStream(stream, CompressionMode.Decompress) : stream);
    }

    /// <summary>The whole content of a small member.</summary>
    /// <param name="entry">The member.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="DataException">It is larger or damaged.</exception>
    public byte[] ReadAll(ZipEntry entry, int most)
    {
        if (entry.Length > most) throw ZipDirectory.Damaged(Path, $"the member '{entry.Name}' has {entry.Length} bytes where at most {most} are expected");
        using var member = Open(entry);
        var bytes = member.ReadBytes((int)entry.Length);
        member.End();
        return bytes;
    }

    /// <summary>Reads a member through and checks its checksum.</summary>
    /// <exception cref="DataException">It is damaged.</exception>
    public void Verify(ZipEntry entry)
    {
        using var member = Open(entry);
        while (member.Left > 0) member.Read(Block(member.Left));
        member.End();
    }

    /// <summary>Whether a member holds these values to the bit, and its checksum is right.</summary>
    /// <exception cref="DataException">It is damaged.</exception>
    internal bool Holds<T>(ZipEntry entry, ReadOnlySpan<T> values) where T : unmanaged
    {
        using var member = Open(entry);
        foreach (var expected in values.Blocks())
        {
            if (expected.Length > member.Left) return false;
            var block = Block(expected.Length);
            member.Read(block);
            if (!block.SequenceEqual(expected)) return false;
        }

        if (member.Left > 0) return false;
        member.End();
        return true;
    }

    // One for all members: a new one each would be megabytes of fresh memory for every tensor.
    private Span<byte> Block(long most) => (_block ??= new byte[BlockBytes]).AsSpan(0, (int)Math.Min(BlockBytes, most));

    /// <summary>Length and time of the last change, taken before anything was read: while they stay, what was verified stays verified.</summary>
    public (long Length, DateTime Modified) Stamp { get; }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
