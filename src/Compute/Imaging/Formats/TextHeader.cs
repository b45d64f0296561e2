using System.Globalization;
using System.Text;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>The lines of a text header before binary voxels. Reads no byte beyond the line it was asked for.</summary>
/// <param name="file">Named in errors.</param>
/// <param name="stream">At the first line.</param>
internal sealed class TextHeader(string file, FileStream stream)
{
    // Headers written by 3D Slicer hold whole tables in one line; a line that is longer than this is not text.
    private const int LongestLine = 1 << 20;
    private readonly List<byte> _line = [];

    /// <summary>Lines read so far: the number of the last one, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The next line without its end and without white space at its end; null at the end of the file.</summary>
    /// <exception cref="DataException">The line is longer than any header's.</exception>
    public string? Next()
    {
        _line.Clear();
        var read = stream.ReadByte();
        if (read < 0) return null;
        for (; read >= 0 && read != '\n'; read = stream.ReadByte())
        {
            if (_line.Count == LongestLine) throw new DataException(file, $"has a header line of more than {LongestLine} bytes (line {Number + 1})", "check what the file is");
            _line.Add((byte)read);
        }

        Number++;
        return Encoding.UTF8.GetString([.. _line]).TrimEnd();
    }

    /// <summary>Text of a file for an error message: shortened, without control characters.</summary>
    public static string Quote(string text)
    {
        var shown = new string([.. text.Take(60).Select(c => char.IsControl(c) ? '?' : c)]);
        return text.Length > 60 ? $"'{shown}...'" : $"'{shown}'";
    }

    /// <summary>Words between spaces, tabs and commas.</summary>
    public static string[] Words(string text) => text.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A whole number.</summary>
    /// <exception cref="DataException">It is none.</exception>
    public static long Whole(string text, string file, string field) =>
        long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
            : throw new DataException(file, $"says {field} {Quote(text)}, which is no whole number", "its header is damaged; export the image again");

    /// <summary>A number, perhaps <c>nan</c> or <c>inf</c>.</summary>
    /// <exception cref="DataException">It is none.</exception>
    public static double Number64(string text, string file, string field) =>
        TryNumber(text.Trim(), out var value) ? value
            : throw new DataException(file, $"says {field} {Quote(text)}, which is no number", "its header is damaged; export the image again");

    /// <summary>Writes a number so that reading gives the same one.</summary>
    public static string Exact(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Parses as C's <c>strtod</c> does, without hexadecimal digits.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out double value)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return true;
        var negative = text.StartsWith("-");
        var word = text.TrimStart("+-");
        if (!word.Equals("inf", StringComparison.OrdinalIgnoreCase) && !word.Equals("nan", StringComparison.OrdinalIgnoreCase)) return false;
        value = word[0] is 'n' or 'N' ? double.NaN : negative ? double.NegativeInfinity : double.PositiveInfinity;
        return true;
    }
}
