using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Inflates bzip2; whatever damage makes of the decoder becomes <see cref="InvalidDataException"/>, as the framework's own streams have it.</summary>
internal sealed class Bzip2Stream : DecodingStream
{
    private readonly BZip2InputStream _inflater;

    /// <param name="source">At the magic.</param>
    /// <param name="leaveOpen">Whether <paramref name="source"/> outlives it.</param>
    /// <exception cref="InvalidDataException">It does not begin as bzip2 does.</exception>
    public Bzip2Stream(Stream source, bool leaveOpen)
        : base(leaveOpen ? Null : source) => _inflater = Try(() => new BZip2InputStream(source) { IsStreamOwner = false });

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        // The decoder takes arrays only, and gives one byte at a time inside: a copy costs nothing beside it.
        var chunk = new byte[Math.Min(buffer.Length, ImageFile.BufferBytes)];
        var read = Try(() => _inflater.Read(chunk, 0, chunk.Length));
        chunk.AsSpan(0, read).CopyTo(buffer);
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _inflater.Dispose();
        base.Dispose(disposing);
    }

    private static T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is SharpZipBaseException or IndexOutOfRangeException or ArgumentException or NullReferenceException)
        {
            throw new InvalidDataException($"bzip2: {e.Message}", e);
        }
    }
}
