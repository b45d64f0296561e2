namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>The folder of a configuration's cases as a whole.</summary>
public static class CaseFolder
{
    private static readonly string[] Endings = [".npz", ".pkl", ".npy", "_seg.npy"];

    /// <summary>Removes all that belongs to none of the cases given: those of another data set or another release, and files of other kinds.</summary>
    /// <param name="folder">Exists.</param>
    /// <param name="cases">Those that may stay.</param>
    public static void Clear(string folder, IReadOnlyList<CaseId> cases)
    {
        var known = cases.SelectMany(id => Endings.Select(ending => id.Value + ending)).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder))
        {
            if (known.Contains(NameOf(entry))) continue;
            if (Directory.Exists(entry)) Directory.Delete(entry, recursive: true);
            else File.Delete(entry);
        }
    }

    /// <summary>Whether there are cases as current nnU-Net stores them, which cannot be read here.</summary>
    public static bool HasBlosc(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.b2nd").Any();

    // A file that is being written belongs to its case; another process may be at it.
    private static string NameOf(string path)
    {
        var name = Path.GetFileName(path);
        return name.IndexOf(".tmp-", StringComparison.Ordinal) is >= 0 and var end ? name[..end] : name;
    }
}
