using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace ActorSeg.Compute.Files;

/// <summary>
/// Writes a zip of stored members whose content begins at multiples of 64 bytes (so that it can be mapped), with true sizes and checksums in the
/// local headers as well as in the directory, and 64-bit fields where they are needed. Needs a stream that starts at byte 0; never seeks.
/// </summary>
public sealed class ZipWriter(Stream stream)
{
    private const int Alignment = 64, HeaderLength = 30;
    private const ushort Utf8Names = 1 << 11, Stored = 0, Dos1980 = 0x0021;
    private readonly List<ZipEntry> _entries = [];
    private long _at;

    /// <summary>What was written so far, with checksums.</summary>
    public IReadOnlyList<ZipEntry> Entries => _entries;

    /// <summary>Adds a member from bytes.</summary>
    public void Add(string name, ReadOnlySpan<byte> content) => Add(name, content, ReadOnlySpan<byte>.Empty);

    /// <summary>Adds a member: <paramref name="head"/>, then the values as they lie in memory.</summary>
    public void Add<T>(string name, ReadOnlySpan<byte> head, ReadOnlySpan<T> values) where T : unmanaged
    {
        // The checksum is taken beforehand, at memory speed, so that the header in front of the content can tell it.
        var crc = Crc32.Of(head);
        foreach (var block in values.Blocks()) crc = Crc32.Append(crc, block);
        var length = head.Length + ((long)values.Length * Unsafe.SizeOf<T>());
        var entry = new ZipEntry(name, false, crc, length, length, _at);
        WriteLocalHeader(entry);
        Write(head);
        foreach (var block in values.Blocks()) Write(block);
        _entries.Add(entry);
    }

    /// <summary>Writes the directory; nothing can be added afterwards.</summary>
    public void Finish()
    {
        var start = _at;
        foreach (var entry in _entries) WriteDirectoryEntry(entry);
        var length = _at - start;
        var record = new byte[76 + 22];
        var is64 = start > uint.MaxValue - length || _entries.Count >= 0xFFFF;
        if (is64)
        {
            Fields(record, 0, 0x06064B50u, 44UL, (ushort)45, (ushort)45, 0u, 0u, (ulong)_entries.Count, (ulong)_entries.Count, (ulong)length, (ulong)start);
            Fields(record, 56, 0x07064B50u, 0u, (ulong)_at, 1u);
        }

        var count = (ushort)(is64 ? 0xFFFF : _entries.Count);
        Fields(record, 76, 0x06054B50u, (ushort)0, (ushort)0, count, count, is64 ? uint.MaxValue : (uint)length, is64 ? uint.MaxValue : (uint)start, (ushort)0);
        Write(record.AsSpan(is64 ? 0 : 76));
    }

    private void WriteLocalHeader(ZipEntry entry)
    {
        var name = Encoding.UTF8.GetBytes(entry.Name);
        var wide = entry.Length >= uint.MaxValue ? 20 : 0;
        var fixedLength = HeaderLength + name.Length + wide;
        var padding = (int)(Alignment - ((_at + fixedLength + 4) % Alignment)) % Alignment;
        var header = new byte[fixedLength + 4 + padding];
        var size = wide > 0 ? uint.MaxValue : (uint)entry.Length;
        var at = Fields(
            header, 0, 0x04034B50u, Version(wide > 0), Utf8Names, Stored, (ushort)0, Dos1980, entry.Crc32, size, size, (ushort)name.Length,
            (ushort)(wide + 4 + padding));
        name.CopyTo(header, at);
        at += name.Length;
        if (wide > 0) at = Fields(header, at, (ushort)1, (ushort)16, (ulong)entry.Length, (ulong)entry.Length);
        Fields(header, at, (ushort)0x4246, (ushort)padding); // torch's own padding field, "FB"
        Write(header);
    }

    private void WriteDirectoryEntry(ZipEntry entry)
    {
        var name = Encoding.UTF8.GetBytes(entry.Name);
        var (wideSize, wideOffset) = (entry.Length >= uint.MaxValue, entry.HeaderOffset >= uint.MaxValue);
        var extra = (wideSize || wideOffset ? 4 : 0) + (wideSize ? 16 : 0) + (wideOffset ? 8 : 0);
        var record = new byte[46 + name.Length + extra];
        var version = Version(extra > 0);
        var size = wideSize ? uint.MaxValue : (uint)entry.Length;
        var at = Fields(
            record, 0, 0x02014B50u, version, version, Utf8Names, Stored, (ushort)0, Dos1980, entry.Crc32, size, size, (ushort)name.Length, (ushort)extra,
            (ushort)0, (ushort)0, (ushort)0, 0u, wideOffset ? uint.MaxValue : (uint)entry.HeaderOffset);
        name.CopyTo(record, at);
        at += name.Length;
        if (extra > 0) at = Fields(record, at, (ushort)1, (ushort)(extra - 4));
        if (wideSize) at = Fields(record, at, (ulong)entry.Length, (ulong)entry.Length);
        if (wideOffset) Fields(record, at, (ulong)entry.HeaderOffset);
        Write(record);
    }

    private static ushort Version(bool wide) => (ushort)(wide ? 45 : 20);

    private static int Fields(byte[] record, int at, params ReadOnlySpan<object> values)
    {
        foreach (var value in values)
        {
            var target = record.AsSpan(at);
            switch (value)
            {
                case ushort v: BinaryPrimitives.WriteUInt16LittleEndian(target, v); at += 2; break;
                case uint v: BinaryPrimitives.WriteUInt32LittleEndian(target, v); at += 4; break;
                case ulong v: BinaryPrimitives.WriteUInt64LittleEndian(target, v); at += 8; break;
                default: throw new ArgumentException($"a zip has no field of type {value.GetType().Name}");
            }
        }

        return at;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _at += bytes.Length;
    }
}
