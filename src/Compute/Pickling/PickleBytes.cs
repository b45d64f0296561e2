using System.Buffers.Binary;
using System.Text;

namespace ActorSeg.Compute.Pickling;

/// <summary>Reads the arguments of opcodes; every length is checked against what is left before anything is allocated.</summary>
internal ref struct PickleBytes(ReadOnlySpan<byte> bytes)
{
    private const int LongestName = 256;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int At { get; private set; }

    public readonly int Left => _bytes.Length - At;

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)Left) throw new PickleFaultException($"{count} bytes are announced and {Left} are left");
        var taken = _bytes.Slice(At, (int)count);
        At += (int)count;
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>The one big-endian number of the format.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public string Text(ulong count)
    {
        var utf8 = Take(count);
        try
        {
            return StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new PickleFaultException("a text is not UTF-8");
        }
    }

    /// <summary>A name that ends with a line feed.</summary>
    public string Line()
    {
        var end = _bytes.Slice(At, Math.Min(Left, LongestName)).IndexOf((byte)'\n');
        if (end < 0) throw new PickleFaultException($"a name has no line end within {LongestName} bytes");
        var line = Text((ulong)end);
        At++;
        return line;
    }

    /// <summary>A two's complement integer of any length whose value fits 64 bits.</summary>
    public long Integer(ulong count)
    {
        var digits = Take(count);
        if (digits.Length == 0) return 0;
        var sign = (digits[^1] & 0x80) != 0 ? (byte)0xFF : (byte)0;
        if (digits.Length > 8 && (digits[8..].ContainsAnyExcept(sign) || (digits[7] & 0x80) != (sign & 0x80)))
            throw new PickleFaultException($"an integer of {digits.Length} bytes does not fit 64 bits");
        Span<byte> word = stackalloc byte[8];
        word.Fill(sign);
        digits[..Math.Min(8, digits.Length)].CopyTo(word);
        return BinaryPrimitives.ReadInt64LittleEndian(word);
    }
}
