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
    /// <exception cref="ArgumentException">Names, weights and momentum do not fit each other.</exception>
    /// <exception cref="ResourceException">The disk is full or fails.</exception>
    public static void WriteGeneration(string foldFolder, Checkpoint checkpoint) => WriteGeneration(foldFolder, checkpoint, stream => stream, () => { });

    /// <summary>Where a training goes on: the first readable file in <see cref="CheckpointSet.SearchOrder"/>.</summary>
    /// <param name="foldFolder"><c>.../fold_0</c>; may be missing.</param>
    /// <returns>The file and its content, both null when there is none; and the files that exist but cannot be used, with the reason.</returns>
    public static CheckpointChoice FindNewest(string foldFolder)
    {
        var refused = new List<(string, string)>();
        foreach (var path in CheckpointSet.SearchOrder.Select(name => Path.Combine(foldFolder, name)).Where(File.Exists))
        {
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

    internal static void WriteGeneration(string foldFolder, Checkpoint checkpoint, Func<Stream, Stream> wrap, Action renamed)
    {
        var (latest, previous) = (Path.Combine(foldFolder, CheckpointSet.Latest), Path.Combine(foldFolder, CheckpointSet.Previous));
        foreach (var left in Directory.EnumerateFiles(foldFolder, $"{CheckpointSet.Latest}.tmp-*")) File.Delete(left);
        Write(latest, checkpoint, wrap, () =>
        {
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
