using System.Globalization;
using System.Text.RegularExpressions;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>The files that a text header names for its voxels; they lie in the header's folder or below it.</summary>
internal static partial class DataFiles
{
    /// <summary>The path of a named file.</summary>
    /// <exception cref="DataException">The name leaves the header's folder, is none, or there is no such file.</exception>
    public static string Locate(string header, string name)
    {
        if (Find(header, name) is { } path) return path;
        throw new DataException(header, $"keeps its voxels in {TextHeader.Quote(name)}, which is not there", "put both files into one folder");
    }

    /// <summary>As <see cref="Locate"/>, null where there is no such file.</summary>
    /// <exception cref="DataException">The name leaves the header's folder, or is none.</exception>
    public static string? Find(string header, string name)
    {
        // A header may come from anywhere: it must not be able to name other files of this machine.
        if (name.Length == 0 || name.Any(char.IsControl) || name[0] is '/' or '\\' || (name.Length > 1 && name[1] == ':') || name.Split('/', '\\').Contains(".."))
            throw new DataException(
                header, $"keeps its voxels in {TextHeader.Quote(name)}, which is no name of a file in its own folder",
                "put both files into one folder and correct the name in the header");
        var path = Path.Combine(Path.GetDirectoryName(header) ?? "", name);
        return File.Exists(path) ? path : null;
    }

    /// <summary>Refuses to name a data file as no reader would find it.</summary>
    /// <exception cref="DataException">The name stands for something else in a header, or does not survive one.</exception>
    public static void CheckWritable(string header, string name)
    {
        if (name.StartsWith("LIST", StringComparison.OrdinalIgnoreCase) || name.Equals("LOCAL", StringComparison.OrdinalIgnoreCase) || name.Contains('%')
            || name.Any(char.IsControl) || name.Trim() != name)
            throw new DataException(header, $"would keep its voxels in {TextHeader.Quote(name)}, which has a meaning of its own in a header", "write it under another name");
    }

    /// <summary>Whether a name stands for numbered files: it has a place for one number, as in <c>slice%03d.raw</c>.</summary>
    public static bool IsPattern(string name) => Place().IsMatch(name);

    /// <summary>The names a pattern stands for.</summary>
    /// <param name="header">Named in errors.</param>
    /// <param name="pattern">Has one place for a number.</param>
    /// <param name="first">Its first number.</param>
    /// <param name="step">From one number to the next.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="DataException">The pattern has further places, or one of its files is not there.</exception>
    public static IReadOnlyList<string> Numbered(string header, string pattern, long first, long step, long count)
    {
        var place = Place().Match(pattern);
        var (before, after) = (pattern[..place.Index], pattern[(place.Index + place.Length)..]);
        if (before.Contains('%') || after.Contains('%'))
            throw new DataException(header, $"keeps its voxels in {TextHeader.Quote(pattern)}, which has more than one place for a number", "name the files one by one (LIST)");
        var width = Math.Min(Digits(place.Groups["width"].Value), 20);
        var files = new List<string>();
        for (long i = 0; i < count; i++)
        {
            var number = (first + (i * step)).ToString(CultureInfo.InvariantCulture);
            files.Add(Locate(header, before + (place.Groups["zero"].Length > 0 ? number.PadLeft(width, '0') : number.PadLeft(width)) + after));
        }

        return files;
    }

    private static int Digits(string text) => text.Length == 0 ? 0 : int.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : int.MaxValue;

    [GeneratedRegex("%(?<zero>0?)(?<width>[0-9]{0,9})[diu]", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
