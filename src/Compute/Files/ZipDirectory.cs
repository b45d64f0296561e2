using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ActorSeg.Compute.Files;

/// <summary>
/// Parses the central directory of a zip, the only reliable list of its members (torch leaves the local headers empty, spec 10 section 1.2).
/// Nothing is allocated for a number the file only claims.
/// </summary>
internal static class ZipDirectory
{
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, EntryLength = 46;
    private const int MostEntries = 1 << 16, LongestDirectory = 1 << 26, LongestName = 512, LongestComment = 0xFFFF;

    public static IReadOnlyList<ZipEntry> Read(SafeFileHandle file, long fileLength, string path, long mostInflated)
    {
        var (count, length, offset, end) = FindEnd(file, fileLength, path);
        if (count is < 0 or > MostEntries || length is < 0 or > LongestDirectory || offset < 0 || offset > end - length)
            throw Damaged(path, $"its directory of {count} members ({length} bytes at {offset}) does not fit the file of {fileLength} bytes");
        if (count * EntryLength > length) throw Damaged(path, $"its directory announces {count} members in {length} bytes");
        var directory = Bytes(file, offset, (int)length, path);
        var entries = new List<ZipEntry>((int)count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (at, stored, inflated) = (0, 0L, 0L);
        for (var i = 0; i < count; i++)
        {
            var entry = ReadEntry(directory, ref at, path);
            if (!names.Add(entry.Name)) throw Damaged(path, $"the member '{entry.Name}' is listed twice");
            var fits = entry.StoredLength >= 0 && entry.StoredLength <= offset && entry.HeaderOffset >= 0 && entry.HeaderOffset <= offset - entry.StoredLength;
            if (!fits || entry.Length < 0)
                throw Damaged(path, $"the member '{entry.Name}' ({entry.StoredLength} bytes at {entry.HeaderOffset}) lies outside the file");

            // Members that overlap, and more than deflate can pack, are the marks of a bomb.
            stored += entry.StoredLength;
            if (entry.IsDeflated) inflated = checked(inflated + entry.Length);
            if (stored > offset) throw Damaged(path, "its members overlap");
            if (!entry.IsDeflated && entry.Length != entry.StoredLength) throw Damaged(path, $"the stored member '{entry.Name}' has two different lengths");
            if (entry.IsDeflated && entry.Length / 1040 > entry.StoredLength + 64)
                throw Damaged(path, $"the member '{entry.Name}' claims to unpack from {entry.StoredLength} to {entry.Length} bytes");
            if (inflated > mostInflated) throw Damaged(path, $"its members unpack to more than {mostInflated} bytes");
            entries.Add(entry);
        }

        RefuseOverlaps(entries, path);
        return entries;
    }

    // A member inside another can only be meant to be unpacked twice, or to show one reader what another does not see.
    private static void RefuseOverlaps(List<ZipEntry> entries, string path)
    {
        const int ShortestHeader = 31;
        var (end, before) = (0L, "");
        foreach (var entry in entries.OrderBy(e => e.HeaderOffset))
        {
            if (entry.HeaderOffset < end) throw Damaged(path, $"its members '{before}' and '{entry.Name}' overlap");
            (end, before) = (entry.HeaderOffset + ShortestHeader + entry.StoredLength, entry.Name);
        }
    }

    public static DataException Damaged(string path, string problem, Exception? inner = null) =>
        new(path, $"is damaged or not such a zip: {problem}", "copy it again from where it came, or make it again", inner);

    public static byte[] Bytes(SafeFileHandle file, long offset, int length, string path)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length;)
        {
            var got = RandomAccess.Read(file, bytes.AsSpan(done), offset + done);
            if (got == 0) throw Damaged(path, $"it ends at byte {offset + done}");
            done += got;
        }

        return bytes;
    }

    private static (long Count, long Length, long Offset, long End) FindEnd(SafeFileHandle file, long fileLength, string path)
    {
        if (fileLength < EndLength) throw Damaged(path, $"it has {fileLength} bytes");
        var tail = Bytes(file, Math.Max(0, fileLength - EndLength - LongestComment), (int)Math.Min(fileLength, EndLength + LongestComment), path);
        var at = tail.Length - EndLength;
        while (at >= 0 && !(U32(tail, at) == 0x06054B50 && U16(tail, at + 20) == tail.Length - EndLength - at)) at--;
        if (at < 0) throw Damaged(path, "it has no end record (it may be cut short)");
        var end = fileLength - tail.Length + at;
        var (count, length, offset) = ((long)U16(tail, at + 10), (long)U32(tail, at + 12), (long)U32(tail, at + 16));
        if (U16(tail, at + 4) is not (0 or 0xFFFF) || U16(tail, at + 8) != U16(tail, at + 10)) throw Damaged(path, "it is one part of several");
        if (count != 0xFFFF && length != 0xFFFFFFFF && offset != 0xFFFFFFFF) return (count, length, offset, end);
        if (end < LocatorLength) return (count, length, offset, end);
        var locator = Bytes(file, end - LocatorLength, LocatorLength, path);
        if (U32(locator, 0) != 0x07064B50) return (count, length, offset, end);
        var end64 = (long)U64(locator, 8);
        if (end64 < 0 || end64 > end - LocatorLength - End64Length) throw Damaged(path, "its 64-bit end record lies outside the file");
        var record = Bytes(file, end64, End64Length, path);
        if (U32(record, 0) != 0x06064B50) throw Damaged(path, "its 64-bit end record is missing");
        return ((long)U64(record, 32), (long)U64(record, 40), (long)U64(record, 48), end64);
    }

    private static ZipEntry ReadEntry(byte[] directory, ref int at, string path)
    {
        if (at > directory.Length - EntryLength || U32(directory, at) != 0x02014B50) throw Damaged(path, "its directory is cut short");
        int nameLength = U16(directory, at + 28), extraLength = U16(directory, at + 30), commentLength = U16(directory, at + 32);
        var next = at + EntryLength + nameLength + extraLength + commentLength;
        if (next > directory.Length || nameLength > LongestName) throw Damaged(path, "its directory has an entry beyond its end");
        var name = Name(directory.AsSpan(at + EntryLength, nameLength), path);
        var (flags, method) = (U16(directory, at + 8), U16(directory, at + 10));
        if ((flags & 1) != 0) throw Damaged(path, $"the member '{name}' is encrypted");
        if (method is not (0 or 8)) throw Damaged(path, $"the member '{name}' is packed by method {method}; stored and deflated are read");
        const uint UnixLink = 0xA000;
        if ((U32(directory, at + 38) >> 16 & 0xF000) == UnixLink) throw Damaged(path, $"the member '{name}' is a link");
        long stored = U32(directory, at + 20), length = U32(directory, at + 24), offset = U32(directory, at + 42);
        Widen(directory.AsSpan(at + EntryLength + nameLength, extraLength), ref length, ref stored, ref offset);
        var crc = U32(directory, at + 16);
        at = next;
        return new ZipEntry(name, method == 8, crc, stored, length, offset);
    }

    // The 64-bit extra field holds, in this order, only those numbers whose 32-bit field is all ones.
    private static void Widen(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4) return;
            var field = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (id != 1) continue;
            Take(ref field, ref length);
            Take(ref field, ref stored);
            Take(ref field, ref offset);
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != 0xFFFFFFFF || field.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }

    private static string Name(ReadOnlySpan<byte> bytes, string path)
    {
        var name = Encoding.UTF8.GetString(bytes);
        var leadsOut = name.Length == 0 || name[0] == '/' || name.AsSpan().ContainsAny('\\', ':') || name.Any(char.IsControl) || name.Split('/').Contains("..");
        return leadsOut ? throw Damaged(path, $"the member name '{MessageText.Shown(name)}' is absolute, empty, or has '..' or control characters") : name;
    }

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
