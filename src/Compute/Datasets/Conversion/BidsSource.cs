namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>Which files of a BIDS folder are wanted.</summary>
/// <param name="Folder">The data set, with <c>sub-*</c> folders.</param>
/// <param name="Suffixes">One channel each, in order: <c>T1w</c>; or a longer ending, <c>acq-mprage_T1w</c>, where several files have the suffix.</param>
/// <param name="Derivatives">The folder below <c>derivatives</c> with label maps; null takes the only one there is.</param>
/// <param name="LabelSuffixes">Endings of label maps' names, the first that is found counts: <c>dseg</c>, <c>label-lesion_mask</c>.</param>
public sealed record BidsSource(string Folder, IReadOnlyList<string> Suffixes, string? Derivatives, IReadOnlyList<string> LabelSuffixes)
{
    /// <summary>What label maps are called when nothing is said.</summary>
    public static IReadOnlyList<string> UsualLabelSuffixes { get; } = ["dseg", "mask", "lesion", "seg"];

    /// <summary>The folder label maps are in.</summary>
    /// <exception cref="DataException">It is not there, or there are several and none is named.</exception>
    public string LabelFolder()
    {
        var all = Path.Combine(Folder, "derivatives");
        if (!Directory.Exists(all)) throw new DataException(all, "is not there", "label maps of a BIDS data set are derivatives; add them");
        var there = Directory.EnumerateDirectories(all).Order(StringComparer.Ordinal).ToArray();
        var names = string.Join(", ", there.Select(Path.GetFileName));
        if (Derivatives is null)
            return there.Length == 1 ? there[0]
                : throw new DataException(all, $"holds {there.Length} folders ({names})", "say with --derivatives which has the label maps");
        var named = Path.Combine(all, Derivatives);
        return Directory.Exists(named) ? named : throw new DataException(named, "is not there", $"give one of those there are with --derivatives: {names}");
    }
}

/// <summary>One session of one subject; a subject without sessions is one.</summary>
/// <param name="Id"><c>sub-01</c> or <c>sub-01_ses-02</c>: the case's name.</param>
/// <param name="Images">One a suffix asked for, in order.</param>
/// <param name="Label">Null where there is none.</param>
public sealed record BidsCase(CaseId Id, IReadOnlyList<string> Images, string? Label);

/// <summary>What a BIDS folder holds of what is wanted.</summary>
/// <param name="Cases">In ordinal order.</param>
/// <param name="LeftOut">A sentence for each session that cannot be a case.</param>
public sealed record BidsCases(IReadOnlyList<BidsCase> Cases, IReadOnlyList<string> LeftOut);

/// <summary>Finds images and label maps in a BIDS folder by their names. Opens no image.</summary>
public static class BidsScan
{
    private static readonly string[] Endings = [".nii.gz", ".nii"];

    /// <summary>Goes through <c>sub-*/[ses-*/]anat</c> and the same below the derivatives.</summary>
    /// <exception cref="DataException">There are no subjects, or no derivatives.</exception>
    public static BidsCases Of(BidsSource source)
    {
        var subjects = Folders(source.Folder, "sub-*");
        if (subjects.Count == 0) throw new DataException(source.Folder, "holds no sub-* folder", "give the top folder of a BIDS data set");
        var (labels, cases, left) = (source.LabelFolder(), new List<BidsCase>(), new List<string>());
        foreach (var subject in subjects)
        {
            var sessions = Folders(Path.Combine(source.Folder, subject), "ses-*");
            foreach (var parts in sessions.Count == 0 ? [[subject]] : sessions.Select(session => new[] { subject, session }))
            {
                var (id, below) = (string.Join('_', parts), Path.Combine([.. parts, "anat"]));
                var (images, why) = Images(Path.Combine(source.Folder, below), id, source.Suffixes);
                var label = why is null ? Label(Path.Combine(labels, below), id, source.LabelSuffixes, out why) : null;
                if (why is null) cases.Add(new BidsCase(new CaseId(id), images, label));
                else left.Add($"{id} is left out: {why}");
            }
        }

        return new BidsCases(cases, left);
    }

    /// <summary>The ending of an image's name; null where it is none.</summary>
    internal static string? EndingOf(string file) => Endings.FirstOrDefault(ending => file.EndsWith(ending, StringComparison.Ordinal));

    private static (IReadOnlyList<string> Images, string? Why) Images(string folder, string id, IReadOnlyList<string> suffixes)
    {
        var images = new List<string>();
        foreach (var suffix in suffixes)
        {
            if (Find(folder, id, suffix, out var why) is { } image) images.Add(image);
            else return ([], why ?? $"it has no {suffix} image");
        }

        return (images, null);
    }

    private static string? Label(string folder, string id, IReadOnlyList<string> suffixes, out string? why)
    {
        why = null;
        foreach (var suffix in suffixes)
            if (Find(folder, id, suffix, out why) is { } label) return label;
            else if (why is not null) return null;
        return null;
    }

    // The plain name, or the one that ends so. To choose among several would be to guess.
    private static string? Find(string folder, string id, string suffix, out string? why)
    {
        why = null;
        if (!Directory.Exists(folder)) return null;
        var found = Directory.EnumerateFiles(folder, $"{id}_*").Order(StringComparer.Ordinal)
            .Where(file => EndingOf(file) is { } ending && Path.GetFileName(file)[..^ending.Length].EndsWith($"_{suffix}", StringComparison.Ordinal)).ToArray();
        var plain = found.Where(file => Path.GetFileName(file)[..^EndingOf(file)!.Length] == $"{id}_{suffix}").ToArray();
        if (plain.Length == 1 || found.Length == 1) return plain.Length == 1 ? plain[0] : found[0];
        if (found.Length > 1)
            why = $"several files end in _{suffix} ({string.Join(", ", found.Select(Path.GetFileName))}); give a longer ending of the one that is meant";
        return null;
    }

    private static IReadOnlyList<string> Folders(string folder, string pattern) => !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateDirectories(folder, pattern).Select(found => Path.GetFileName(found)).Order(StringComparer.Ordinal)];
}
