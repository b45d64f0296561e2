using System.Buffers.Binary;
using System.IO.Compression;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Writes NIfTI-1 bytes field by field, independent of the library's writer.</summary>
internal sealed class NiftiBuilder
{
    public byte[] Header { get; } = new byte[352];

    public bool BigEndian { get; init; }

    public NiftiBuilder(bool bigEndian, short type, short bits, params short[] size)
    {
        BigEndian = bigEndian;
        Int(0, 348).Short(40, (short)size.Length).Short(70, type).Short(72, bits).Single(108, 352);
        for (var i = 0; i < size.Length; i++) Short(42 + (2 * i), size[i]).Single(80 + (4 * i), 1);
        "n+1\0"u8.CopyTo(Header.AsSpan(344));
        Header[123] = 2;
        SForm(1, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
    }

    public NiftiBuilder Int(int at, int value) =>
        Do(() => BinaryPrimitives.WriteInt32LittleEndian(Header.AsSpan(at), BigEndian ? BinaryPrimitives.ReverseEndianness(value) : value));

    public NiftiBuilder Short(int at, short value) =>
        Do(() => BinaryPrimitives.WriteInt16LittleEndian(Header.AsSpan(at), BigEndian ? BinaryPrimitives.ReverseEndianness(value) : value));

    public NiftiBuilder Single(int at, float value) => Int(at, BitConverter.SingleToInt32Bits(value));

    public NiftiBuilder SForm(short code, float[] rows)
    {
        Short(254, code);
        for (var i = 0; i < rows.Length; i++) Single(280 + (4 * i), rows[i]);
        return this;
    }

    public NiftiBuilder QForm(short code, float b, float c, float d, float x, float y, float z)
    {
        Short(252, code);
        foreach (var (value, i) in new[] { b, c, d, x, y, z }.Select((value, i) => (value, i))) Single(256 + (4 * i), value);
        return this;
    }

    public string Save(string path, params byte[] data)
    {
        byte[] all = [.. Header, .. data];
        if (!path.EndsWith(".gz"))
        {
            File.WriteAllBytes(path, all);
            return path;
        }

        using var zip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        zip.Write(all);
        return path;
    }

    private NiftiBuilder Do(Action write)
    {
        write();
        return this;
    }
}
