namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Bytes written as two hexadecimal digits each; white space between them is skipped.</summary>
internal sealed class HexStream(Stream source) : DecodingStream(source)
{
    private readonly byte[] _text = new byte[ImageFile.BufferBytes];
    private int _at;
    private int _held;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        for (var done = 0; done < buffer.Length; done++)
        {
            var (high, low) = (Digit(), Digit());
            if (low < 0) return done;
            buffer[done] = (byte)((high << 4) | low);
        }

        return buffer.Length;
    }

    private int Digit()
    {
        while (true)
        {
            if (_at == _held) (_at, _held) = (0, Source.Read(_text));
            if (_held == 0) return -1;
            var c = _text[_at++];
            if (char.IsAsciiHexDigit((char)c)) return (c & 15) + (c > '9' ? 9 : 0);
            if (!char.IsWhiteSpace((char)c)) throw new InvalidDataException($"byte {c} is no hexadecimal digit");
        }
    }
}
