using ActorSeg.Actors.Evaluation;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Plugins;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <summary>Ties each kind of job to its stages. The functions run on the node's threads when their stage begins, so each finds what the stages before it left on disk.</summary>
/// <param name="variable">Environment variables for paths in dataset.json; null expands none.</param>
/// <param name="plugins">Preprocessors and trainers of the user's own; null knows nnU-Net's alone.</param>
public sealed partial class JobStages(Func<string, string?>? variable = null, PluginSet? plugins = null) : IJobStages
{
    // Training and validation each keep cases open, beside the batches (LoadingSettings.Buffer) and what else runs on the node.
    private const int OpenPart = 8;

    private readonly PluginSet _plugins = plugins ?? PluginSet.None;

    /// <inheritdoc/>
    public IReadOnlyList<Stage> Of(Job job, string experiment) => job switch
    {
        PhantomJob j => [Single(experiment, _ => Phantom(j))],
        FingerprintJob j => Fingerprint(j, experiment),
        ConversionJob j => [new Stage($"task-{experiment}", context => SingleTask.Props(stop => Convert(j, context, stop), context.Owner))],
        ExportImagesJob j => [new Stage($"preprocessing-{experiment}", context => Farm(new ExportCases(j.Export), j.Workers, context))],
        DatasetJsonJob j => [Single(experiment, _ => WriteDatasetJson(j))],
        VerifyJob j => [new Stage($"verification-{experiment}", context => Verify(j, context, required: false))],
        PlanJob j => [Single(experiment, _ => Plan(j))],
        MovePlansJob j => [Single(experiment, _ => MovePlans(j))],
        PreprocessJob j => [Preprocess(j, experiment)],
        TrainJob { KeepFinished: true } j => [Single(experiment, _ => FinishedTraining.Find(j, _plugins))],
        TrainJob { ValidateOnly: true } j => [FindTrained(j, experiment), .. Validation(j, experiment, null)],
        TrainJob j => Train(j, experiment),
        PredictJob j => [Predict(j, experiment)],
        EvaluateJob j => [new Stage($"evaluation-{experiment}", context => Evaluate(j, context))],
        EvaluateSimpleJob j => [new Stage($"evaluation-{experiment}", context => Evaluate(j, context))],
        EnsembleJob j => [new Stage($"ensemble-{experiment}", context => Ensemble(j, context))],
        DeterminePostprocessingJob j => PostprocessingStages(j, experiment, []),
        ApplyPostprocessingJob j => [new Stage($"postprocessing-{experiment}", context => ApplyPostprocessing(j, context))],
        AccumulateJob j => [new Stage($"evaluation-{experiment}", context => Accumulate(j, context))],
        FindBestJob j => [new FindBestStages(j, experiment).First],
        ExportModelJob j => [new Stage($"task-{experiment}", context => SingleTask.Props(stop => Export(j, context, stop), context.Owner))],
        InstallModelJob j => [new Stage($"task-{experiment}", context => SingleTask.Props(stop => Install(j, context, stop), context.Owner))],
        DownloadModelJob j => [new Stage($"task-{experiment}", context => SingleTask.Props(stop => Download(j, context, stop), context.Owner))],
        PlotOverlaysJob j => [new Stage($"overlay-{experiment}", context => PlotOverlays(j, context))],
        QualityJob j => [new Stage($"qc-{experiment}", context => LookOver(j, context))],
        OverlayJob j => [Single(experiment, _ => Overlay(j))],
        _ => throw new ArgumentOutOfRangeException(nameof(job), job, null),
    };

    /// <inheritdoc/>
    public IReadOnlyList<Stage> Then(Job job, string experiment, IReadOnlyList<JobResult> done) => job switch
    {
        TrainJob j when done is [UnfinishedTraining] => Train(j, experiment),
        DeterminePostprocessingJob j => PostprocessingStages(j, experiment, done),
        FindBestJob j => new FindBestStages(j, experiment).After(done),
        _ => [],
    };

    /// <inheritdoc/>
    public IReadOnlyList<ExperimentTask> Tasks(Job job, IReadOnlyList<JobResult> done) => job is WholeExperimentJob whole ? ExperimentTasks.Of(whole, done) : [];

    /// <inheritdoc/>
    public JobResult Combine(Job job, IReadOnlyList<JobResult> stages) => stages switch
    {
        _ when job is WholeExperimentJob whole => new WholeExperimentResult(ExperimentTasks.Of(whole, stages), stages),
        [.., TrainResult trained, PredictResult predicted, EvaluateResult scored] =>
            trained with { ValidationDice = scored.Dice, MeanDice = scored.MeanDice, Quarantined = [.. trained.Quarantined, .. predicted.Quarantined] },
        [ScoredCases { Summary: { } summary } merged] =>
            EvaluateResult.Of(Path.Combine(merged.Folder, "summary.json"), summary) with { Quarantined = merged.Quarantined },
        _ => stages[^1],
    };

    private static Stage Single(string experiment, Func<CancellationToken, JobResult> work) => new($"task-{experiment}", context => SingleTask.Props(work, context.Owner));

    private static ConversionResult Convert(ConversionJob job, StageContext context, CancellationToken stop)
    {
        var run = new ConversionRun(
            context.Settings.WorkersFor(job.Workers), (done, all) => context.Owner.Tell(new JobProgress("convert", done, all, "files")), stop);
        return new ConversionResult(job switch
        {
            ConvertMsdJob j => MsdConversion.Convert(j.Input, j.Paths, j.OverwriteId, run),
            ConvertOldDatasetJob j => OldDatasetConversion.Convert(j.Input, j.Paths, j.Dataset, run),
            ConvertBidsJob j => BidsConversion.Convert(j.Source, j.Paths, j.Dataset, j.Naming, run),
            _ => throw new ArgumentOutOfRangeException(nameof(job), job, null),
        });
    }

    private static DatasetJsonResult WriteDatasetJson(DatasetJsonJob job)
    {
        var json = DatasetJsonWriter.Write(job.Folder, job.Description, job.Overwrite);
        return new DatasetJsonResult(json.File, json.NumTraining);
    }

    internal static Props Farm(ICaseJob job, int workers, StageContext context) =>
        PreprocessingFarm.Props(job, context.Owner, context.RamBudget, new FarmRules(context.Settings.WorkersFor(workers), context.Rules["case-worker"].Tries, context.Settings.StallAfter));

    private static FileResult Phantom(PhantomJob job)
    {
        var folder = job.Paths.RawFolder(job.Dataset);
        PhantomDataset.Create(Path.GetDirectoryName(folder)!, job.Dataset, job.TrainingCases, job.TestCases, job.Seed);
        return new FileResult(folder);
    }

    // As nnU-Net has it: the whole check comes first, and a fingerprint that is there stays in use.
    private IReadOnlyList<Stage> Fingerprint(FingerprintJob job, string experiment)
    {
        var measure = new Stage($"preprocessing-{experiment}", context => Fingerprint(job, context));
        if (!job.VerifyIntegrity) return [measure];
        var check = new VerifyJob(job.Paths, job.Dataset, job.Workers, Fix: false);
        var file = FingerprintCases.FileOf(job);
        return
        [
            new Stage($"verification-{experiment}", context =>
                job.VerifyOnce && File.Exists(file) ? SingleTask.Props(_ => new FileResult(file), context.Owner) : Verify(check, context, required: true)),
            measure,
        ];
    }

    private Props Verify(VerifyJob job, StageContext context, bool required)
    {
        var (dataset, problems) = RawDataset.OpenForInspection(job.Paths.RawFolder(job.Dataset), variable);
        var reader = VerifyCases.ReaderOf(dataset);
        return Farm(new VerifyCases(job, dataset, problems, reader, required, text => context.Owner.Tell(new JobWarning(text))), job.Workers, context);
    }

    private Props Fingerprint(FingerprintJob job, StageContext context)
    {
        var dataset = RawDataset.Open(job.Paths.RawFolder(job.Dataset), variable);
        var file = FingerprintCases.FileOf(job);
        if (File.Exists(file) && !job.Clean)
            return SingleTask.Props(_ => new FingerprintResult(file, DatasetFingerprint.Load(file).ShapesAfterCrop.Count, AlreadyThere: true), context.Owner);
        return Farm(new FingerprintCases(job, dataset, ImageReaderWriters.Choose(dataset.Json, dataset.Cases[0].Images[0])), job.Workers, context);
    }

    private PlanResult Plan(PlanJob job)
    {
        var dataset = RawDataset.Open(job.Paths.RawFolder(job.Dataset), variable);
        var folder = job.Paths.PreprocessedFolder(job.Dataset);
        var fingerprint = DatasetFingerprint.Load(Path.Combine(folder, "dataset_fingerprint.json"));
        var reader = ImageReaderWriters.Choose(dataset.Json, dataset.Cases[0].Images[0]);
        var json = job.Regions is { } regions ? RegionSelection.Of(dataset.Json, regions) : dataset.Json;
        var plans = ExperimentPlanner.Plan(job.Dataset, json, fingerprint, reader.Name, job.Planner, job.Options);
        var file = Path.Combine(folder, $"{plans.PlansName}.json");
        if (job.KeepExisting && File.Exists(file)) return Planned(file, Plans.Load(file));
        json.Save(Path.Combine(folder, "dataset.json"));
        CopySplits(dataset.Folder, folder);
        plans.Save(file);
        return Planned(file, plans);
    }

    private static PlanResult Planned(string file, Plans plans) => new(file, plans.PlansName, [.. plans.Configurations.Keys])
    {
        PreviousStages = plans.Configurations.Values.Where(c => c.PreviousStage is not null).ToDictionary(c => c.Name, c => c.PreviousStage!),
    };

    private PlanResult MovePlans(MovePlansJob job)
    {
        var file = Path.Combine(job.Paths.PreprocessedFolder(job.Source), $"{job.SourcePlans}.json");
        if (!File.Exists(file)) throw new DataException(file, "is not there", "run plan-experiment on the source data set first, or name other plans with -sp");
        var target = RawDataset.Open(job.Paths.RawFolder(job.Target), variable);
        var reader = ImageReaderWriters.Choose(target.Json, target.Cases[0].Images[0], anyEnding: true);
        var moved = PlansTransfer.Move(Plans.Load(file), job.Target, job.TargetPlans, reader.Name);
        var path = Path.Combine(job.Paths.PreprocessedFolder(job.Target), $"{job.TargetPlans}.json");
        PlansTransfer.Save(moved, path);
        return Planned(path, moved);
    }

    // A data set may bring its own folds (spec 02 section 8); those already in use are left alone.
    private static void CopySplits(string raw, string preprocessed)
    {
        var (source, target) = (Path.Combine(raw, "splits_final.json"), Path.Combine(preprocessed, "splits_final.json"));
        if (File.Exists(source) && !File.Exists(target)) DurableFile.Write(target, stream => stream.Write(File.ReadAllBytes(source)));
    }

    private static FileResult Overlay(OverlayJob job)
    {
        var reader = new SimpleItkReaderWriter();
        var image = reader.ReadImages([job.Image]);
        ushort[] Labels(string file) => Array.ConvertAll(reader.ReadLabels(file).Data.Data, v => (ushort)v);
        OverlayPng.Draw(job.Output, image.Data, Labels(job.Reference), Labels(job.Prediction), image.Spacing, Path.GetFileName(job.Image));
        return new FileResult(job.Output);
    }
}
