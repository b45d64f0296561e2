using System.Globalization;

namespace ActorSeg.Compute.Datasets;

/// <summary>Data sets' folder names, <c>Dataset004_Hippocampus</c>, and the numbers in them (spec 01 section 2).</summary>
public static class DatasetNames
{
    private const string Prefix = "Dataset";

    /// <summary>
    /// A name that begins with <c>Dataset</c> is returned as it is; a number is looked up as <c>Dataset004_...</c> in all roots that are given.
    /// </summary>
    /// <exception cref="UsageException">The text is neither, or no data set or more than one has this number.</exception>
    public static string Resolve(DatasetPaths paths, string idOrName)
    {
        if (idOrName.StartsWith(Prefix, StringComparison.Ordinal)) return idOrName;
        if (!int.TryParse(idOrName, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            throw new UsageException($"'{idOrName}' is neither a data set's number nor a name that begins with 'Dataset'");

        var folders = FoldersOf(paths, id);
        var names = folders.Select(folder => Path.GetFileName(folder)).Distinct(StringComparer.Ordinal).ToArray();
        var roots = Roots(paths);
        return names.Length switch
        {
            1 => names[0],
            0 => throw new UsageException(
                $"no data set has the number {id}: no folder {Beginning(id)}* in {(roots.Count == 0 ? "any root (none is given)" : string.Join(", ", roots))}"),
            _ => throw new UsageException(
                $"the number {id} is ambiguous: {string.Join(", ", folders)}; give the full name, or rename those that are another data set"),
        };
    }

    /// <summary>The folder name of a number and a name: 4 and <c>Hippocampus</c> give <c>Dataset004_Hippocampus</c>.</summary>
    /// <exception cref="UsageException">The number is negative, or the name is no plain folder name.</exception>
    public static string Of(int id, string name)
    {
        if (id < 0) throw new UsageException($"{id} is not a data set's number; give one from 0");
        var full = Beginning(id) + name;
        _ = IdOf(full);
        return full;
    }

    /// <summary>
    /// The number in a full name, all of its digits (nnU-Net reads three of them, so that it cannot find number 1000 again).
    /// </summary>
    /// <exception cref="UsageException">The name is not of the form <c>Dataset</c>, at least three digits, <c>_</c>, name.</exception>
    public static int IdOf(string name)
    {
        var line = name.IndexOf('_', StringComparison.Ordinal);
        var formed = name.StartsWith(Prefix, StringComparison.Ordinal) && line >= Prefix.Length + 3 && line < name.Length - 1
            && !name.AsSpan().ContainsAny('/', '\\', '\0');
        return formed && int.TryParse(name.AsSpan(Prefix.Length, line - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw new UsageException($"'{name}' is not a data set's name; it must be like Dataset123_Name");
    }

    /// <summary>Checks that a new data set may take a name: neither it nor its number is used in any root that is given.</summary>
    /// <exception cref="UsageException">The name is not well formed, or taken; the folders are named.</exception>
    public static void RequireFree(DatasetPaths paths, string name)
    {
        if (FoldersOf(paths, IdOf(name)) is { Count: > 0 } folders)
            throw new UsageException($"the number of {name} is in use: {string.Join(", ", folders)}; give another number, or remove them first");
    }

    /// <summary>Every folder of a number, in raw, preprocessed and results, sorted in each.</summary>
    private static IReadOnlyList<string> FoldersOf(DatasetPaths paths, int id) =>
        [.. Roots(paths).SelectMany(root => Directory.EnumerateDirectories(root, Beginning(id) + "*").Order(StringComparer.Ordinal))];

    private static IReadOnlyList<string> Roots(DatasetPaths paths) =>
        [.. new[] { paths.Raw, paths.Preprocessed, paths.Results }.OfType<string>().Where(Directory.Exists)];

    // With the underscore: nnU-Net leaves it out and takes Dataset0010_X for number 1.
    private static string Beginning(int id) => $"{Prefix}{id.ToString("000", CultureInfo.InvariantCulture)}_";
}
