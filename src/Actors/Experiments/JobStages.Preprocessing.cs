using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <content>Preprocessing, and the repair of what it left.</content>
public sealed partial class JobStages
{
    private Stage Preprocess(PreprocessJob job, string experiment)
    {
        var begun = false;
        return new Stage($"preprocessing-{experiment}", context =>
        {
            // Only the first time: a farm started again after a fault goes on from what it made.
            var props = Preprocess(job with { Fresh = job.Fresh && !begun }, context);
            begun = true;
            return props;
        });
    }

    private Props Preprocess(PreprocessJob job, StageContext context)
    {
        var dataset = RawDataset.Open(job.Paths.RawFolder(job.Dataset), variable);
        var plans = PlansOf(job.Paths, job.Dataset, job.PlansName);
        foreach (var missing in job.Configurations.Where(name => !plans.Configurations.ContainsKey(name)))
            context.Owner.Tell(new JobWarning($"configuration {missing} is not in {job.PlansName} and is skipped"));
        // The cascade's second stage uses the data of 3d_fullres.
        Configuration[] configurations = [.. job.Configurations.Where(plans.Configurations.ContainsKey).Select(name => plans.Configurations[name])];
        if (configurations.Length == 0) throw new UsageException($"none of the configurations {string.Join(", ", job.Configurations)} is in {job.PlansName}");
        return Farm(new PreprocessCases(job, dataset, plans, configurations, _plugins.Preprocessors), job.Workers, context);
    }

    // A damaged case is made again as preprocessing would make it.
    private RepairingCaseStore Repairing(CaseStore store, TrainJob job, StageContext context) => new(
        store,
        () =>
        {
            var dataset = RawDataset.Open(job.Paths.RawFolder(job.Dataset), variable);
            var plans = PlansOf(job.Paths, job.Dataset, job.PlansName);
            var configuration = plans.Configurations[job.Configuration];
            var labels = DatasetJson.Load(Path.Combine(job.Paths.PreprocessedFolder(job.Dataset), "dataset.json")).Labels;
            var recipe = new CaseRecipe(plans, configuration, labels, _plugins.Preprocessors.Find(configuration.PreprocessorName));
            return new CaseBuilder(dataset, ImageReaderWriters.ByName(plans.ImageReaderWriter), [(store.Folder, recipe)]);
        },
        told => context.Owner.Tell(new JobWarning(told)));

    internal static Plans PlansOf(DatasetPaths paths, string dataset, string name)
    {
        var file = Path.Combine(paths.PreprocessedFolder(dataset), $"{name}.json");
        return File.Exists(file) ? Plans.Load(file) : throw new DataException(file, "is not there", "run plan-experiment first, or name other plans");
    }
}
