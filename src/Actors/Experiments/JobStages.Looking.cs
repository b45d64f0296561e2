using ActorSeg.Actors.Evaluation;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing.Storage;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <content>Pictures and pages for people.</content>
public sealed partial class JobStages
{
    private Props PlotOverlays(PlotOverlaysJob job, StageContext context)
    {
        var sources = job.Plans is { } plans ? StoredOverlays(job, plans) : RawOverlays(job);
        Directory.CreateDirectory(job.Output);
        return Farm(new OverlayCases(sources, job.Output, job.Intensity), job.Workers, context);
    }

    private IReadOnlyList<OverlaySource> RawOverlays(PlotOverlaysJob job)
    {
        var dataset = RawDataset.Open(job.Paths.RawFolder(job.Dataset), variable);
        var reader = ImageReaderWriters.Choose(dataset.Json, dataset.Cases[0].Images[0]);
        return [.. dataset.Cases.Select(raw => OverlaySource.Raw(raw, job.Channel, reader))];
    }

    private static IReadOnlyList<OverlaySource> StoredOverlays(PlotOverlaysJob job, string name)
    {
        var plans = PlansOf(job.Paths, job.Dataset, name);
        var wanted = job.Configuration ?? (plans.Configurations.ContainsKey("3d_fullres") ? "3d_fullres" : "2d");
        if (!plans.Configurations.TryGetValue(wanted, out var configuration)) throw new UsageException($"-c {wanted} is not in {name}: {string.Join(", ", plans.Configurations.Keys)}");
        var store = new CaseStore(Path.Combine(job.Paths.PreprocessedFolder(job.Dataset), configuration.DataIdentifier));
        var cases = store.Cases;
        return cases.Count > 0 ? [.. cases.Select(id => OverlaySource.Stored(store, id, job.Channel))]
            : throw new DataException(store.Folder, "holds no preprocessed case", $"run preprocess -c {wanted} first, or give --use_raw");
    }

    private static Props LookOver(QualityJob job, StageContext context)
    {
        var described = job.DatasetJson ?? Path.Combine(job.Predictions, "dataset.json");
        if (!File.Exists(described)) throw new DataException(described, "is not there", "give -djfile with that of the model that predicted");
        var dataset = DatasetJson.Load(described);
        var files = FolderEvaluation.Predictions(job.Predictions, dataset.FileEnding);
        foreach (var folder in new[] { job.Images, job.References }.OfType<string>())
            if (!Directory.Exists(folder))
                throw new DataException(folder, "is not there", "give the right folder, or leave it out");
        var images = job.Images is null ? [] : CaseDiscovery.InFolder(job.Images, dataset.FileEnding, _ => { }).ToDictionary(c => c.Id, c => c.Images[0]);
        var planned = Path.Combine(job.Predictions, "plans.json");
        var reader = File.Exists(planned) ? ImageReaderWriters.ByName(Compute.Planning.Plans.ReaderNameOf(planned)) : ImageReaderWriters.Choose(dataset, files[0]);
        var inputs = files.Select(file =>
        {
            var id = new CaseId(Path.GetFileName(file)[..^dataset.FileEnding.Length]);
            var reference = job.References is null ? null : Path.Combine(job.References, Path.GetFileName(file));
            return new QualityInput(id, file, images.GetValueOrDefault(id), File.Exists(reference) ? reference : null);
        });
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(job.Output))!);
        return Farm(new QualityCases([.. inputs], reader, dataset.Labels, $"Predictions in {Path.GetFileName(job.Predictions)}", job.Output), job.Workers, context);
    }
}
