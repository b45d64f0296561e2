using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>
/// Makes the stored cases of raw ones, each for one or more configurations, and only where they are not there yet as they would be made. Of several
/// processes at the same case one makes it and the others find it made. Thread-safe.
/// </summary>
public sealed class CaseBuilder
{
    private const long WorthCollecting = 64L << 20;

    private readonly RawDataset _dataset;
    private readonly IImageReaderWriter _reader;
    private readonly IReadOnlyList<Target> _targets;
    private readonly Dictionary<CaseId, RawCase> _cases;

    /// <param name="dataset">Where the raw cases are.</param>
    /// <param name="reader">Reads them.</param>
    /// <param name="targets">Folder and recipe of each configuration; one of several with the same folder is enough.</param>
    public CaseBuilder(RawDataset dataset, IImageReaderWriter reader, IEnumerable<(string Folder, CaseRecipe Recipe)> targets)
    {
        (_dataset, _reader) = (dataset, reader);
        // Always in the same order, so that two processes never wait for each other's locks.
        _targets = [.. targets.DistinctBy(t => t.Folder).OrderBy(t => t.Folder, StringComparer.Ordinal).Select(t => new Target(new CaseStore(t.Folder), t.Recipe))];
        _cases = dataset.Cases.ToDictionary(c => c.Id);
    }

    /// <summary>The most bytes <see cref="Build"/> holds at once.</summary>
    /// <exception cref="DataException">The header cannot be read.</exception>
    public long PeakBytes(CaseId id)
    {
        var (shape, spacing) = _reader.ReadHeader(_cases[id].Images[0]);
        return _targets.Max(t => CasePreprocessor.PeakBytes(shape, spacing, _dataset.Json.ChannelNames.Count, hasLabels: true, t.Recipe));
    }

    /// <summary>Bytes on disk that the case will take at most where it is not there at all.</summary>
    /// <exception cref="DataException">The header cannot be read.</exception>
    public long MissingBytes(CaseId id)
    {
        var missing = _targets.Where(t => !t.Store.IsComplete(id)).ToArray();
        if (missing.Length == 0) return 0;
        var (shape, spacing) = _reader.ReadHeader(_cases[id].Images[0]);
        return missing.Sum(t => CasePreprocessor.TargetShape(shape, spacing, t.Recipe).Voxels * ((sizeof(float) * (long)_dataset.Json.ChannelNames.Count) + sizeof(short)));
    }

    /// <summary>Makes the case for those configurations that do not have it as it would be made now.</summary>
    /// <param name="id">A case of the data set.</param>
    /// <param name="stop">Looked at between steps.</param>
    /// <returns>Whether anything had to be made.</returns>
    /// <exception cref="DataException">The raw files are not what they must be.</exception>
    /// <exception cref="StorageException">The disk is full or fails.</exception>
    public bool Build(CaseId id, CancellationToken stop)
    {
        if (!_cases.TryGetValue(id, out var raw)) throw new DataException(_dataset.Folder, $"has no case '{id}'", "bring its image and label map back");
        if (Missing(_targets, raw) is not { Count: > 0 } missing) return false;
        var locks = new List<FileLock>();
        try
        {
            foreach (var target in missing) locks.Add(FileLock.Acquire(CaseStore.LockOf(target.Store.Folder, id), stop));
            // One that hangs is told to stop long before it can heed it: others must not wait for it. It looks at the token again before it writes.
            using var given = stop.Register(() => locks.ForEach(held => held.Dispose()));
            // While we waited another may have made it.
            missing = Missing(missing, raw);
            Make(raw, missing, stop);
            return missing.Count > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{missing[0].Store.Folder}: the case '{id}' cannot be written ({e.Message}); check the disk and its permissions, the same command goes on from here", e);
        }
        finally
        {
            foreach (var held in locks) held.Dispose();
        }
    }

    private static List<Target> Missing(IEnumerable<Target> targets, RawCase raw) => [.. targets.Where(t => !t.Store.Holds(raw.Id, t.Recipe.Stamp(raw)))];

    private void Make(RawCase raw, List<Target> missing, CancellationToken stop)
    {
        if (missing.Count == 0) return;
        // Taken before the files are read: what changes meanwhile is found to have changed.
        var stamps = missing.ConvertAll(t => t.Recipe.Stamp(raw));
        var image = _reader.ReadImages(raw.Images);
        var labels = _reader.ReadLabels(raw.Label!);
        LabelValues.Check(labels.Data, _dataset.Json.Labels, raw.Label!);
        for (var n = 0; n < missing.Count; n++)
        {
            var made = CasePreprocessor.Run(image, labels, missing[n].Recipe, stop, mayOverwrite: n == missing.Count - 1);
            stop.ThrowIfCancellationRequested();
            CaseStore.Save(missing[n].Store.Folder, raw.Id, made, stamps[n]);
            // What one configuration leaves behind is not part of what the next one may hold.
            if (n < missing.Count - 1 && made.Data.Data.LongLength * sizeof(float) > WorthCollecting) GC.Collect();
        }
    }

    private sealed record Target(CaseStore Store, CaseRecipe Recipe);
}
