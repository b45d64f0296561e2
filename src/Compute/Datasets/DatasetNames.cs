using System.Globalization;

namespace ActorSeg.Compute.Datasets;

/// <summary>From what a user types to a data set's folder name (spec 01 section 2).</summary>
public static class DatasetNames
{
    /// <summary>
    /// A name that begins with <c>Dataset</c> is returned as it is; a number is looked up as <c>Dataset004_...</c> in all roots that are given.
    /// </summary>
    /// <exception cref="UsageException">The text is neither, or no data set or more than one has this number.</exception>
    public static string Resolve(DatasetPaths paths, string idOrName)
    {
        if (idOrName.StartsWith("Dataset", StringComparison.Ordinal)) return idOrName;
        if (!int.TryParse(idOrName, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            throw new UsageException($"'{idOrName}' is neither a data set's number nor a name that begins with 'Dataset'");

        // With the underscore: nnU-Net leaves it out and takes Dataset0010_X for number 1.
        var prefix = $"Dataset{id.ToString("000", CultureInfo.InvariantCulture)}_";
        var roots = new[] { paths.Raw, paths.Preprocessed, paths.Results }.OfType<string>().Where(Directory.Exists).ToArray();
        var names = roots.SelectMany(root => Directory.EnumerateDirectories(root, prefix + "*")).Select(folder => Path.GetFileName(folder))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return names.Length switch
        {
            1 => names[0],
            0 => throw new UsageException(
                $"no data set has the number {id}: no folder {prefix}* in {(roots.Length == 0 ? "any root (none is given)" : string.Join(", ", roots))}"),
            _ => throw new UsageException($"the number {id} is ambiguous: {string.Join(", ", names)}; give the full name"),
        };
    }
}
