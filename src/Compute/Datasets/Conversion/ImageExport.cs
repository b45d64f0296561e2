using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>What <c>convert-image</c> is to do: which files, into which format, and whether as one mask a label.</summary>
/// <param name="Input">A file, or a folder of which every image is taken.</param>
/// <param name="Output">A file for a file; else a folder, made where it is missing.</param>
/// <param name="Ending">Of the new files, with dot; null keeps the ending of each, or takes that of <paramref name="Output"/>.</param>
/// <param name="Masks">Write one mask a label.</param>
/// <param name="Labels">What the labels are called; null names them by value.</param>
/// <param name="Overwrite">Whether files that are there may be replaced.</param>
public sealed record ImageExport(string Input, string Output, string? Ending, bool Masks, LabelSet? Labels, bool Overwrite)
{
    /// <summary>Each file with what it becomes: a file, or with <see cref="Masks"/> the folder and stem of its masks.</summary>
    /// <exception cref="DataException">The input is missing or holds no image, or two files would become one.</exception>
    /// <exception cref="UsageException">The ending is of no known format, or missing.</exception>
    public IReadOnlyList<(string File, string Target)> Files()
    {
        if (Ending is not null && !ImageFormats.Endings.Contains(Ending.ToLowerInvariant()))
            throw new UsageException($"--ending {Ending} is of no format this version writes; there are {string.Join(" ", ImageFormats.Endings)}");
        var whole = Directory.Exists(Input);
        if (!whole && !File.Exists(Input)) throw new DataException(Input, "is not there", "give an image, or a folder of images");
        if (!whole && !Masks && Ending is null && ImageFormats.EndingOf(Output) is not null) return [(Input, Checked(Input, Output))];
        if (!Masks && Ending is null)
            throw new UsageException($"the new format is missing: end -o in it, or give --ending, one of {string.Join(" ", ImageFormats.Endings)}");

        string[] files = whole ? [.. Directory.EnumerateFiles(Input).Where(file => ImageFormats.EndingOf(file) is not null && !IsVoxelsOfPair(file)).Order(StringComparer.Ordinal)] : [Input];
        if (files.Length == 0) throw new DataException(Input, $"holds no image ({string.Join(", ", ImageFormats.Endings)})", "check the folder");
        var pairs = files.Select(file => (file, target: Checked(file, Path.Combine(Output, StemOf(file) + (Masks ? "" : Ending))))).ToArray();
        return pairs.GroupBy(pair => pair.target).FirstOrDefault(group => group.Count() > 1) is not { } twice ? pairs : throw new DataException(
            twice.First().file, $"and {Path.GetFileName(twice.Last().file)} would both become {Path.GetFileName(twice.Key)}", "convert them into folders of their own");
    }

    /// <summary>Does one of <see cref="Files"/>.</summary>
    /// <returns>The files that were written.</returns>
    /// <exception cref="DataException">The file cannot be read, or its new format cannot hold it.</exception>
    public IReadOnlyList<string> Do(string file, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        if (!Masks)
        {
            ImageConversion.Convert(file, target);
            return [target];
        }

        var ending = Ending ?? ImageFormats.EndingOf(file)!;
        var named = Labels?.Named.Where(label => label.Key != "background" && !label.Value.SequenceEqual([Labels.Ignore ?? -1])).ToArray();
        return ImageConversion.WriteMasks(file, named, name => Checked(file, $"{target}_{FileName(name)}{ending}"));
    }

    private string Checked(string file, string target)
    {
        if (Path.GetFullPath(file) == Path.GetFullPath(target)) throw new UsageException($"{file} would be replaced by itself; give another -o");
        return Overwrite || !File.Exists(target) ? target : throw new DataException(target, "is there already", "give --overwrite, or another -o");
    }

    // The header of a pair stands for both.
    private static bool IsVoxelsOfPair(string file) => ImageFormats.EndingOf(file)!.StartsWith(".img", StringComparison.Ordinal);

    private static string StemOf(string file) => Path.GetFileName(file)[..^ImageFormats.EndingOf(file)!.Length];

    private static string FileName(string label) => string.Concat(label.Select(c => char.IsLetterOrDigit(c) || c is '-' or '.' ? c : '_'));
}
