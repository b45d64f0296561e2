using System.Buffers.Binary;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// Walks the directories of a TIFF before LibTiff sees it: LibTiff allocates what a field's count says, so a count beyond the file is refused here.
/// </summary>
/// <param name="stream">The file.</param>
/// <param name="file">Named in errors.</param>
internal sealed class TiffDirectories(FileStream stream, string file)
{
    private static readonly int[] TypeBytes = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

    private bool _bigEndian, _large;

    /// <summary>Looks at every directory.</summary>
    /// <exception cref="DataException">It is no TIFF, a field's values do not fit into the file, or the directories form a ring.</exception>
    /// <exception cref="EndOfStreamException">The file ends early.</exception>
    public void Check()
    {
        var start = Bytes(0, 8);
        _bigEndian = start[0] == 'M';
        if (!(start[0] == start[1] && start[0] is (byte)'I' or (byte)'M') || Number(start.AsSpan(2), 2) is not (42 or 43))
            throw new DataException(file, "does not begin as a TIFF does", "check what the file is, and export it again");
        _large = Number(start.AsSpan(2), 2) == 43;
        var seen = new HashSet<long>();
        var at = _large ? Number(Bytes(8, 8), 8) : Number(start.AsSpan(4), 4);
        while (at != 0)
        {
            if (!seen.Add(at)) throw Damaged("its directories form a ring");
            at = Directory(at);
        }
    }

    // Gives the place of the next one.
    private long Directory(long at)
    {
        var (counting, entry, pointer) = _large ? (8, 20, 8) : (2, 12, 4);
        var count = Number(Bytes(at, counting), counting);
        if (count is < 0 or > 4096) throw Damaged($"a directory has {count} fields");
        var fields = Bytes(at + counting, checked((int)(count * entry) + pointer));
        for (var i = 0; i < count; i++)
        {
            var field = fields.AsSpan(i * entry);
            var (tag, type, values) = (Number(field, 2), Number(field[2..], 2), Number(field[4..], pointer));
            var bytes = Math.BigMul(values, type < TypeBytes.Length ? TypeBytes[(int)type] : 8);
            if (values < 0 || bytes > stream.Length) throw Damaged($"field {tag} has {values} values, more than the file holds");
        }

        return Number(fields.AsSpan((int)count * entry), pointer);
    }

    private byte[] Bytes(long at, int count)
    {
        if (at < 0 || at > stream.Length - count) throw new EndOfStreamException();
        var bytes = new byte[count];
        stream.Position = at;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private long Number(ReadOnlySpan<byte> bytes, int width) => (width, _bigEndian) switch
    {
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (_, true) => BinaryPrimitives.ReadInt64BigEndian(bytes),
        (_, false) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    };

    private DataException Damaged(string what) => new(file, $"is damaged: {what}", "copy or export it again");
}
