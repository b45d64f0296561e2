using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>Preprocesses each case for all configurations asked for; at the end copies the reference label maps beside them.</summary>
internal sealed class PreprocessCases : ICaseJob
{
    private readonly PreprocessJob _job;
    private readonly RawDataset _dataset;
    private readonly Plans _plans;
    private readonly IReadOnlyList<Configuration> _configurations;
    private readonly IImageReaderWriter _reader;
    private readonly Dictionary<CaseId, RawCase> _cases;
    private readonly LabelSet _classes;

    /// <summary>Empties the configurations' folders, as nnU-Net does: cases of other plans must not be mixed in.</summary>
    public PreprocessCases(PreprocessJob job, RawDataset dataset, Plans plans, IReadOnlyList<Configuration> configurations)
    {
        (_job, _dataset, _plans, _configurations) = (job, dataset, plans, configurations);
        _reader = ImageReaderWriters.ByName(plans.ImageReaderWriter);
        _cases = dataset.Cases.ToDictionary(c => c.Id);
        Cases = [.. dataset.Cases.Select(c => c.Id)];
        // As nnU-Net has it: the classes are those the data set was planned with, which may be regions the raw one does not have.
        var planned = Path.Combine(job.Paths.PreprocessedFolder(job.Dataset), "dataset.json");
        _classes = File.Exists(planned) ? DatasetJson.Load(planned).Labels : dataset.Json.Labels;
        foreach (var folder in configurations.Select(FolderOf).Distinct())
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
        }
    }

    public string Stage => "preprocess";

    public IReadOnlyList<CaseId> Cases { get; }

    public long PeakBytes(CaseId id)
    {
        var (shape, spacing) = _reader.ReadHeader(_cases[id].Images[0]);
        return _configurations.Max(c => CasePreprocessor.PeakBytes(shape, spacing, _dataset.Json.ChannelNames.Count, hasLabels: true, _plans, c));
    }

    public object? Do(CaseId id, CancellationToken stop)
    {
        var raw = _cases[id];
        var image = _reader.ReadImages(raw.Images);
        var labels = _reader.ReadLabels(raw.Label!);
        LabelValues.Check(labels.Data, _dataset.Json.Labels, raw.Label!);
        foreach (var configuration in _configurations)
            CaseStore.Save(FolderOf(configuration), id, CasePreprocessor.Run(image, labels, _plans, configuration, _classes, stop));
        return null;
    }

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        var references = Path.Combine(_job.Paths.PreprocessedFolder(_job.Dataset), "gt_segmentations");
        Directory.CreateDirectory(references);
        foreach (var id in results.Keys) CopyIfNewer(_cases[id].Label!, Path.Combine(references, id.Value + _dataset.Json.FileEnding));
        return new PreprocessResult([.. _configurations.Select(FolderOf)], results.Count, quarantined);
    }

    private static void CopyIfNewer(string source, string target)
    {
        if (File.Exists(target) && File.GetLastWriteTimeUtc(target) >= File.GetLastWriteTimeUtc(source)) return;
        var temporary = $"{target}.tmp-{Guid.NewGuid():N}";
        File.Copy(source, temporary);
        File.Move(temporary, target, overwrite: true);
    }

    private string FolderOf(Configuration configuration) => Path.Combine(_job.Paths.PreprocessedFolder(_job.Dataset), configuration.DataIdentifier);
}
