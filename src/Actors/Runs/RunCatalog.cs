using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Files;

namespace ActorSeg.Actors.Runs;

/// <summary>The runs of a results folder, read from files alone: it takes no actors, disturbs no run, and says what it can of one that was killed.</summary>
public static class RunCatalog
{
    /// <summary>Every run that fits, sorted by folder.</summary>
    /// <param name="results">The root; may be missing.</param>
    /// <param name="fits">Which.</param>
    /// <param name="now">The time.</param>
    /// <param name="withHistory">Read the whole history of each.</param>
    public static IReadOnlyList<RunSummary> Find(string results, Predicate<RunName> fits, DateTimeOffset now, bool withHistory) =>
    [
        .. Folders(results, "Dataset*").SelectMany(dataset => Folders(dataset, "*__*__*")).SelectMany(model => Folders(model, "fold_*"))
            .Where(folder => RunName.Of(folder) is { } name && fits(name) && IsRun(folder))
            .Select(folder => Read(folder, now, withHistory)),
    ];

    /// <summary>One run.</summary>
    /// <param name="foldFolder">Wherever it lies.</param>
    /// <param name="now">The time.</param>
    /// <param name="withHistory">Read the whole of it.</param>
    public static RunSummary Read(string foldFolder, DateTimeOffset now, bool withHistory)
    {
        var folder = new RunFolder(foldFolder);
        // Before and after: a run that begins or ends meanwhile is not taken for one that was killed.
        var held = IsHeld(folder);
        var journal = withHistory ? JournalFile.Read(folder.Journal) : JournalFile.ReadLast(folder.Journal);
        var (path, header) = CheckpointFile.FindNewestHeader(foldFolder) is { } newest ? newest : (null, null);
        var evidence = new RunEvidence(
            foldFolder, held || IsHeld(folder), RunOwner.Read(folder), RunProgress.Read(folder), journal, header, Path.GetFileName(path) == CheckpointSet.Final);
        return evidence.Judge(now) with { History = withHistory ? journal.Events : [] };
    }

    /// <summary>Whether a folder holds anything of a run.</summary>
    public static bool IsRun(string foldFolder) =>
        Directory.Exists(new RunFolder(foldFolder).Own) || CheckpointSet.SearchOrder.Any(name => File.Exists(Path.Combine(foldFolder, name)));

    // Another user's lock may not be readable, and is then taken for none.
    private static bool IsHeld(RunFolder folder)
    {
        try
        {
            return FileLock.IsHeld(folder.Lock);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Folders(string parent, string pattern) =>
        Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, pattern).Order(StringComparer.Ordinal) : [];
}
