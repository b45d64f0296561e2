namespace ActorSeg.Compute.Tests.Checkpoints.Fuzz;

/// <summary>Lets the first bytes pass unwritten: they are in the file.</summary>
internal sealed class TailStream(FileStream file, long start) : Stream
{
    private long _at;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _at;

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        var skipped = (int)Math.Clamp(start - _at, 0, bytes.Length);
        file.Position = _at + skipped;
        file.Write(bytes[skipped..]);
        _at += bytes.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
