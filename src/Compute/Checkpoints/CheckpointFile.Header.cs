namespace ActorSeg.Compute.Checkpoints;

/// <summary>What files say of themselves, and which of them lies furthest on.</summary>
public static partial class CheckpointFile
{
    /// <summary>Reads what a checkpoint says of its training and none of its tensors; whether those are sound is found out by <see cref="Read"/>.</summary>
    /// <exception cref="DataException">Missing, damaged, or not such a checkpoint.</exception>
    public static CheckpointHeader ReadHeader(string path)
    {
        using var archive = TorchArchive.Open(path);
        return CheckpointHeader.Of(archive);
    }

    /// <summary>The header of the file where a training would go on, as far as headers tell; null where none can be read.</summary>
    /// <param name="foldFolder"><c>.../fold_0</c>; may be missing.</param>
    public static (string Path, CheckpointHeader Header)? FindNewestHeader(string foldFolder)
    {
        var (path, header, _) = Candidates(foldFolder).FirstOrDefault(file => file.Header is not null);
        return header is null ? null : (path, header);
    }

    // Those whose header can be read, the furthest first and nnU-Net's order among equals; the others before all, since they would have been asked first.
    // The furthest is not always the final one: a finished training that goes on for more epochs has one behind its latest.
    private static IReadOnlyList<(string Path, CheckpointHeader? Header, string? Why)> Candidates(string foldFolder)
    {
        var found = CheckpointSet.SearchOrder.Select(name => System.IO.Path.Combine(foldFolder, name)).Where(File.Exists).Select(Candidate).ToList();
        return [.. found.Where(file => file.Header is null), .. found.Where(file => file.Header is not null).OrderByDescending(file => file.Header!.Position)];
    }

    private static (string Path, CheckpointHeader? Header, string? Why) Candidate(string path)
    {
        try
        {
            return (path, ReadHeader(path), null);
        }
        catch (DataException e)
        {
            return (path, null, e.Message);
        }
    }
}
