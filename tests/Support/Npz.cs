using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace ActorSeg.Tests.Support;

/// <summary>Arrays of a numpy .npz, for golden figures. Independent of the library's own readers on purpose.</summary>
public sealed partial class Npz
{
    private readonly Dictionary<string, NpyArray> _arrays = [];

    public Npz(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            _arrays[entry.FullName[..^".npy".Length]] = Parse(memory.ToArray());
        }
    }

    public IReadOnlyCollection<string> Names => _arrays.Keys;

    public NpyArray this[string name] => _arrays[name];

    private static NpyArray Parse(byte[] bytes)
    {
        var header = bytes[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)) : (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        var start = (bytes[6] == 1 ? 10 : 12) + header;
        var text = Encoding.Latin1.GetString(bytes, start - header, header);
        Assert.Contains("'fortran_order': False", text);
        var shape = Shape().Match(text).Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(int.Parse).ToArray();
        return new NpyArray(Descr().Match(text).Groups[1].Value, shape, bytes[start..]);
    }

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex Shape();

    [GeneratedRegex("'descr': '([^']*)'")]
    private static partial Regex Descr();
}

/// <summary>One array: dtype text, shape, raw little-endian bytes in C order.</summary>
public sealed record NpyArray(string Dtype, int[] Shape, byte[] Bytes)
{
    public float[] Floats() => Dtype switch
    {
        "<f4" => MemoryMarshal.Cast<byte, float>(Bytes).ToArray(),
        "<f8" => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(Bytes).ToArray(), v => (float)v),
        "<f2" => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(Bytes).ToArray(), v => (float)v),
        _ => Array.ConvertAll(Longs(), v => (float)v),
    };

    public double[] Doubles() => Dtype == "<f8" ? MemoryMarshal.Cast<byte, double>(Bytes).ToArray() : Array.ConvertAll(Floats(), v => (double)v);

    public long[] Longs() => Dtype switch
    {
        "<i8" => MemoryMarshal.Cast<byte, long>(Bytes).ToArray(),
        "<i4" => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(Bytes).ToArray(), v => (long)v),
        "<i2" => Array.ConvertAll(MemoryMarshal.Cast<byte, short>(Bytes).ToArray(), v => (long)v),
        "<u2" => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(Bytes).ToArray(), v => (long)v),
        "|i1" => Array.ConvertAll(MemoryMarshal.Cast<byte, sbyte>(Bytes).ToArray(), v => (long)v),
        "|u1" or "|b1" => Array.ConvertAll(Bytes, v => (long)v),
        "<f4" => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(Bytes).ToArray(), v => (long)v),
        _ => throw new NotSupportedException(Dtype),
    };
}
