using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ActorSeg.Compute.Files;

/// <summary>The header of numpy's .npy format: what the array is and where its values begin.</summary>
/// <param name="Dtype">Such as <c>&lt;f4</c>.</param>
/// <param name="IsFortran">First axis fastest; otherwise C order.</param>
/// <param name="Shape">Outermost first.</param>
/// <param name="Length">Bytes before the values.</param>
public sealed partial record NpyHeader(string Dtype, bool IsFortran, IReadOnlyList<long> Shape, int Length)
{
    /// <summary>Bytes in front of the header's text: magic, version and the text's length.</summary>
    public const int PrefixLength = 12;

    private const int LongestText = 1 << 14, Alignment = 64;

    /// <summary>The header for a C-order array; its length is a multiple of 64, as numpy makes it.</summary>
    public static byte[] Make(string dtype, params ReadOnlySpan<long> shape)
    {
        var extents = string.Join(", ", shape.ToArray().Select(e => e.ToString(CultureInfo.InvariantCulture)));
        var text = $"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({extents}{(shape.Length == 1 ? "," : "")}), }}";
        const int Version1Prefix = 10;
        var length = (Version1Prefix + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var header = new byte[length];
        header[0] = 0x93;
        "NUMPY"u8.CopyTo(header.AsSpan(1));
        (header[6], header[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(length - Version1Prefix));
        header.AsSpan(Version1Prefix).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text).CopyTo(header, Version1Prefix);
        header[^1] = (byte)'\n';
        return header;
    }

    /// <summary>How many bytes the header has, from its first <see cref="PrefixLength"/> bytes.</summary>
    /// <exception cref="DataException">They are not the beginning of an .npy file.</exception>
    public static int LengthFrom(ReadOnlySpan<byte> prefix, string source)
    {
        if (prefix.Length < PrefixLength || prefix[0] != 0x93 || !prefix[1..6].SequenceEqual("NUMPY"u8) || prefix[6] is < 1 or > 3)
            throw Bad(source, "does not begin as an .npy array of version 1 to 3");
        var length = prefix[6] == 1 ? 10L + BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..]) : 12L + BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        return length is >= PrefixLength and <= LongestText ? (int)length : throw Bad(source, $"announces an .npy header of {length} bytes");
    }

    /// <summary>Parses a whole header.</summary>
    /// <exception cref="DataException">It is damaged, or the array is of a structured type.</exception>
    public static NpyHeader Parse(ReadOnlySpan<byte> header, string source)
    {
        var text = Encoding.Latin1.GetString(header[(header[6] == 1 ? 10 : 12)..]);
        var (dtype, order, shape) = (DtypePattern().Match(text), OrderPattern().Match(text), ShapePattern().Match(text));
        if (!dtype.Success || !order.Success || !shape.Success) throw Bad(source, $"has the .npy header '{text.Trim()}'");
        var extents = new List<long>();
        foreach (var extent in shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!long.TryParse(extent, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > int.MaxValue)
                throw Bad(source, $"has an .npy array of extent '{extent}'");
            extents.Add(value);
        }

        return new NpyHeader(dtype.Groups[1].Value, order.Groups[1].Value == "True", extents, header.Length);
    }

    private static DataException Bad(string source, string problem) => new(source, problem, "it is damaged or no numpy array; make it again");

    [GeneratedRegex(@"'descr':\s*'([<|>=][a-zA-Z][0-9]+)'")]
    private static partial Regex DtypePattern();

    [GeneratedRegex(@"'fortran_order':\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex(@"'shape':\s*\(([0-9, ]*)\)")]
    private static partial Regex ShapePattern();
}
