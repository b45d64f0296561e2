using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>
/// Makes each case for all configurations asked for, where it is not there yet as it would be made; at the end copies the reference label maps beside
/// them. A run that was killed goes on where it was.
/// </summary>
internal sealed class PreprocessCases : ICaseJob
{
    private readonly PreprocessJob _job;
    private readonly RawDataset _dataset;
    private readonly string[] _folders;
    private readonly CaseBuilder _builder;

    /// <summary>Takes out of the configurations' folders what is no case of the data set: nothing else may be mixed in.</summary>
    /// <exception cref="DataException">The plans name a preprocessor that is not known.</exception>
    /// <exception cref="ResourceException">The disk has less room than the missing cases will take.</exception>
    public PreprocessCases(PreprocessJob job, RawDataset dataset, Plans plans, IReadOnlyList<Configuration> configurations, PreprocessorCatalog preprocessors)
    {
        (_job, _dataset) = (job, dataset);
        Cases = [.. dataset.Cases.Select(c => c.Id)];
        var folder = job.Paths.PreprocessedFolder(job.Dataset);
        // As nnU-Net has it: the classes are those the data set was planned with, which may be regions the raw one does not have.
        var planned = Path.Combine(folder, "dataset.json");
        var labels = File.Exists(planned) ? DatasetJson.Load(planned).Labels : dataset.Json.Labels;
        var targets = configurations.Select(c => (
            Folder: Path.Combine(folder, c.DataIdentifier), Recipe: new CaseRecipe(plans, c, labels, preprocessors.Find(c.PreprocessorName)))).ToArray();
        _folders = [.. targets.Select(t => t.Folder).Distinct()];
        _builder = new CaseBuilder(dataset, ImageReaderWriters.ByName(plans.ImageReaderWriter), targets);
        foreach (var configured in _folders)
        {
            Directory.CreateDirectory(configured);
            CaseFolder.Clear(configured, job.Fresh ? [] : Cases);
        }

        RequireRoom();
    }

    public string Stage => "preprocess";

    public IReadOnlyList<CaseId> Cases { get; }

    public long PeakBytes(CaseId id) => _builder.PeakBytes(id);

    public object? Do(CaseId id, CancellationToken stop) => _builder.Build(id, stop);

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        var references = Path.Combine(_job.Paths.PreprocessedFolder(_job.Dataset), "gt_segmentations");
        Directory.CreateDirectory(references);
        foreach (var raw in _dataset.Cases.Where(c => results.ContainsKey(c.Id))) CopyIfNewer(raw.Label!, Path.Combine(references, raw.Id.Value + _dataset.Json.FileEnding));
        return new PreprocessResult(_folders, results.Count, results.Values.Count(made => made is false), quarantined);
    }

    // A disk that will be full in an hour is better known of now. A header that cannot be read is told of when its case's turn comes.
    private void RequireRoom()
    {
        long needed = 0;
        foreach (var id in Cases)
        {
            try
            {
                needed += _builder.MissingBytes(id);
            }
            catch (DataException)
            {
                continue;
            }
        }

        var free = new DriveInfo(_folders[0]).AvailableFreeSpace;
        if (needed > free)
            throw new ResourceException(
                $"{_folders[0]}: the cases that are missing take {needed >> 20} MiB and the disk has {free >> 20} MiB free; free some or set nnUNet_preprocessed to another disk");
    }

    private static void CopyIfNewer(string source, string target)
    {
        var modified = File.GetLastWriteTimeUtc(source);
        if (File.Exists(target) && File.GetLastWriteTimeUtc(target) >= modified) return;
        DurableFile.WriteUnflushed(target, stream =>
        {
            using var original = File.OpenRead(source);
            original.CopyTo(stream);
        });
        File.SetLastWriteTimeUtc(target, modified);
    }
}
