using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>Two verified generations of an unfinished training.</summary>
public static partial class CheckpointFile
{
    /// <summary>
    /// Writes <c>checkpoint_latest.pth</c> and keeps the generation before it as <c>checkpoint_latest.previous.pth</c>. At every instant, killed or not,
    /// one of the two names leads to a complete file: the older generation is renamed only when the new one lies verified beside it, and a latest file
    /// that has gone bad never takes the place of a good previous one. There must be one writer to a folder.
    /// </summary>
    /// <param name="foldFolder"><c>.../fold_0</c>; exists.</param>
    /// <param name="checkpoint">The content.</param>
    /// <param name="permit">Called when the new file lies verified beside the old one and before it takes its name; what it throws leaves the old one.</param>
    /// <returns>The digest of the weights, <see cref="WeightsSha256"/>.</returns>
    /// <exception cref="ArgumentException">Names, weights and momentum do not fit each other.</exception>
    /// <exception cref="ResourceException">The disk is full or fails.</exception>
    public static string WriteGeneration(string foldFolder, Checkpoint checkpoint, Action? permit = null) =>
        WriteGeneration(foldFolder, checkpoint, stream => stream, () => { }, permit);

    /// <summary>Where a training goes on: the readable file that lies furthest on, among equals the first in <see cref="CheckpointSet.SearchOrder"/>.</summary>
    /// <param name="foldFolder"><c>.../fold_0</c>; may be missing.</param>
    /// <returns>The file and its content, both null when there is none; and the files that exist but cannot be used, with the reason.</returns>
    public static CheckpointChoice FindNewest(string foldFolder)
    {
        var refused = new List<(string, string)>();
        foreach (var (path, header, why) in Candidates(foldFolder))
        {
            if (header is null)
            {
                refused.Add((path, why!));
                continue;
            }

            try
            {
                return new CheckpointChoice(path, Read(path), refused);
            }
            catch (DataException e)
            {
                refused.Add((path, e.Message));
            }
        }

        return new CheckpointChoice(null, null, refused);
    }

    internal static string WriteGeneration(string foldFolder, Checkpoint checkpoint, Func<Stream, Stream> wrap, Action renamed, Action? permit = null)
    {
        var (latest, previous) = (Path.Combine(foldFolder, CheckpointSet.Latest), Path.Combine(foldFolder, CheckpointSet.Previous));
        foreach (var left in Directory.EnumerateFiles(foldFolder, $"{CheckpointSet.Latest}.tmp-*")) File.Delete(left);
        return Write(latest, checkpoint, wrap, () =>
        {
            permit?.Invoke();
            if (!IsSound(latest)) return;
            File.Move(latest, previous, overwrite: true);
            renamed();
        });
    }

    private static bool IsSound(string path)
    {
        if (!File.Exists(path)) return false;
        try
        {
            using var zip = ZipReader.Open(path);
            foreach (var entry in zip.Entries) zip.Verify(entry);
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }
}
