using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorSeg.Compute.Files;

/// <summary>One pass over the content of a zip member, bounded by its announced length and ending with its checksum.</summary>
public sealed class ZipMember : IValueReader, IDisposable
{
    private const int BlockBytes = 1 << 18;
    private readonly ZipEntry _entry;
    private readonly string _path;
    private readonly Stream _stream;
    private uint _crc;

    internal ZipMember(ZipEntry entry, string path, Stream stream) => (_entry, _path, _stream, Left) = (entry, path, stream, entry.Length);

    /// <summary>Bytes not yet read.</summary>
    public long Left { get; private set; }

    /// <summary>Fills <paramref name="target"/> with the next values, little-endian as they lie in the file.</summary>
    /// <exception cref="DataException">The member ends before.</exception>
    public unsafe void Read<T>(Span<T> target) where T : unmanaged
    {
        // By blocks: a volume may have more bytes than a span can count, and a block's checksum is taken while it is in the second-level cache (of 1 MiB, of which
        // blocks as large miss half; a load of 132 MB took 1.36 times the bare read instead of 1.25).
        var blockValues = BlockBytes / sizeof(T);
        for (var at = 0; at < target.Length; at += blockValues)
        {
            var bytes = MemoryMarshal.AsBytes(target.Slice(at, Math.Min(blockValues, target.Length - at)));
            if (bytes.Length > Left) throw Damaged($"ends {bytes.Length - Left} bytes before its content does");
            try
            {
                _stream.ReadExactly(bytes);
            }
            catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
            {
                throw Damaged("cannot be unpacked or is cut short", e);
            }
            catch (IOException e)
            {
                throw new DataException(_path, $"cannot be read at the member '{_entry.Name}' ({e.Message})", "check the disk", e);
            }

            _crc = Crc32.Append(_crc, bytes);
            Left -= bytes.Length;
        }
    }

    /// <summary>The next bytes in an array of their own.</summary>
    public byte[] ReadBytes(int count)
    {
        if (count > Left) throw Damaged($"ends {count - Left} bytes before its content does");
        var bytes = new byte[count];
        Read(bytes.AsSpan());
        return bytes;
    }

    /// <summary>Checks that all was read and that the checksum is right.</summary>
    /// <exception cref="DataException">It is not.</exception>
    public void End()
    {
        if (Left != 0) throw Damaged($"has {Left} bytes more than its content takes");
        if (_crc != _entry.Crc32) throw Damaged($"has checksum {_crc:X8} where the directory says {_entry.Crc32:X8}");
        if (_entry.IsDeflated && _stream.ReadByte() >= 0) throw Damaged("unpacks to more than it announces");
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private DataException Damaged(string problem, Exception? inner = null) => ZipDirectory.Damaged(_path, $"the member '{_entry.Name}' {problem}", inner);
}

/// <summary>A part of a file as a stream; the file stays the caller's.</summary>
internal sealed class ZipSection(SafeFileHandle file, long offset, long length) : Stream
{
    private long _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var wanted = buffer[..(int)Math.Min(buffer.Length, length - _at)];
        var got = wanted.IsEmpty ? 0 : RandomAccess.Read(file, wanted, offset + _at);
        _at += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
