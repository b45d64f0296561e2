using System.Buffers.Binary;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// The chunks of a PNG, and the bytes of its IDAT chunks as one stream. Each chunk's checksum is held against its bytes when its end is reached.
/// </summary>
internal sealed class PngChunks(Stream stream, string file) : Stream
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    private uint _sum, _left;
    private bool _inData;

    /// <summary>Reads up to the first IDAT.</summary>
    /// <exception cref="DataException">It is no PNG, damaged, or has no image.</exception>
    public PngHeader ReadHeader()
    {
        Span<byte> signature = stackalloc byte[8];
        if (stream.ReadAtLeast(signature, 8, throwOnEndOfStream: false) < 8 || !signature.SequenceEqual(Signature))
            throw new DataException(file, "does not begin as a PNG does", "check what the file is, and export it again");
        PngHeader? header = null;
        byte[] palette = [], opacity = [];
        while (true)
        {
            var type = Next();
            if (header is null != (type == "IHDR")) throw new DataException(file, $"has the chunk {type} where IHDR must be first and only", "it is damaged; export it again");
            switch (type)
            {
                case "IHDR": header = PngHeader.Read(Whole(13), file); break;
                case "PLTE": palette = Whole(768); break;
                case "tRNS": opacity = Whole(256); break;
                case "IDAT":
                    _inData = true;
                    return header!.WithPalette(palette, opacity, file);
                case "IEND": throw new DataException(file, "holds no image (no IDAT)", "export it again");
                case var other when char.IsUpper(other[0]): throw new DataException(file, $"needs the chunk {other}, which is not known", "export it as plain PNG");
                default: Skip(); break;
            }
        }
    }

    /// <summary>Bytes of IDAT.</summary>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || !_inData) return 0;
        while (_left == 0)
        {
            End();
            if (Next() == "IDAT") continue;
            _inData = false;
            return 0;
        }

        var read = stream.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0) throw new EndOfStreamException();
        _sum = Crc32.Append(_sum, buffer[..read]);
        _left -= (uint)read;
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    private string Next()
    {
        Span<byte> start = stackalloc byte[8];
        stream.ReadExactly(start);
        _left = BinaryPrimitives.ReadUInt32BigEndian(start);
        if (_left > int.MaxValue) throw new DataException(file, $"has a chunk of {_left} bytes", "it is damaged; export it again");
        _sum = Crc32.Of(start[4..]);
        foreach (var letter in start[4..])
            if (!char.IsAsciiLetter((char)letter))
                throw new DataException(file, $"has something that is no chunk at byte {stream.Position - 8}", "it is damaged; export it again");
        return System.Text.Encoding.ASCII.GetString(start[4..]);
    }

    private byte[] Whole(int most)
    {
        if (_left > most) throw new DataException(file, $"has a header chunk of {_left} bytes", "it is damaged; export it again");
        var bytes = new byte[_left];
        stream.ReadExactly(bytes);
        _sum = Crc32.Append(_sum, bytes);
        End();
        return bytes;
    }

    private void Skip()
    {
        Span<byte> scratch = stackalloc byte[1024];
        while (_left > 0)
        {
            var part = scratch[..(int)Math.Min(_left, scratch.Length)];
            stream.ReadExactly(part);
            _sum = Crc32.Append(_sum, part);
            _left -= (uint)part.Length;
        }

        End();
    }

    private void End()
    {
        Span<byte> sum = stackalloc byte[4];
        stream.ReadExactly(sum);
        if (BinaryPrimitives.ReadUInt32BigEndian(sum) != _sum)
            throw new DataException(file, $"has a wrong checksum before byte {stream.Position}", "it is damaged; copy or export it again");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
