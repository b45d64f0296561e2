using System.Text;
using ActorSeg.Actors.Evaluation;
using ActorSeg.Actors.Prediction;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;
using Akka.Actor;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;

namespace ActorSeg.Actors.Experiments;

/// <content>Training of a fold, and its validation.</content>
public sealed partial class JobStages
{
    private IReadOnlyList<Stage> Train(TrainJob job, string experiment)
    {
        RunClaim? claim = null;
        var kept = job.Checkpoints ? null : new KeptCheckpoints();
        return
        [
            new Stage($"training-{experiment}", context =>
            {
                var (setup, precision) = TrainingSetup.Load(job, _plugins, store => Repairing(store, job, context)).In(context.Settings);
                context.Owner.Tell(new JobNote(precision.ToString()));
                // Only the first time: a stage started again after a fault owns the run already, and goes on from its own checkpoints.
                if (claim is null && setup.CheckPretrained(job.Fresh) is { } pretrained) context.Owner.Tell(pretrained);
                claim ??= RunOpening.Open(setup, context);
                WriteModelFiles(setup);
                DebugFile.Write(setup, context.Time.GetUtcNow());
                Devices.UseThreads(context.Settings.TorchThreads);
                var plan = new TrainingPlan(
                    $"{job.Dataset} {job.Configuration} fold {job.Fold}", setup.FoldFolder, job.Fold, setup.Options, Loading(context.Settings.Loading, job.Augmenters),
                    context.Settings.CheckpointInterval)
                {
                    Run = context.Settings.Run,
                    TakesTurns = setup.Device == "cpu",
                };
                var engines = new ComputeEngines(setup, claim, kept, Math.Min(BatchOptions.DefaultOpenBytes, context.Settings.Memory.Shared / OpenPart));
                return TrainingRun.Props(plan, engines, context.Owner, context.RamBudget, context.Rules, context.Time);
            })
            {
                TakesCommands = true,
            },
            // There is nothing to validate of a benchmark.
            .. TrainerCatalog.All.GetValueOrDefault(job.Trainer)?.Benchmark == true ? [] : Validation(job, experiment, kept),
        ];
    }

    private IReadOnlyList<Stage> Validation(TrainJob job, string experiment, KeptCheckpoints? kept) =>
    [
        new Stage($"prediction-{experiment}", context =>
        {
            Devices.UseThreads(context.Settings.TorchThreads);
            var setup = TrainingSetup.Load(job with { Fresh = false }, _plugins, store => Repairing(store, job, context));
            var options = new ValidationOptions(job.Probabilities, job.ValidateBest ? CheckpointSet.Best : CheckpointSet.Final) { Weights = kept?.Final?.Snapshot.Weights };
            var work = ValidationWork.Open(setup, options, context.Settings.ActivationBytes, told => context.Owner.Tell(new JobWarning(told)));
            return PredictionJob.Props(work, context.Owner, context.RamBudget, context.Rules);
        }),
        new Stage($"preprocessing-{experiment}", context =>
        {
            var setup = TrainingSetup.Load(job with { Fresh = false }, _plugins);
            var folder = ValidationWork.FolderOf(setup);
            var pairs = FolderEvaluation.Pair(setup.ReferenceFolder, folder, setup.Dataset.FileEnding, chill: true);
            return Farm(new EvaluateCases(pairs, ImageReaderWriters.ByName(setup.Plans.ImageReaderWriter), setup.Dataset.Labels, Path.Combine(folder, "summary.json"), EvaluationOptions.Plain), 0, context);
        }),
    ];

    // A training that is over, for a validation alone: the run is claimed for as long as its folder is written to, and keeps its history as it is.
    private Stage FindTrained(TrainJob job, string experiment) => new($"task-{experiment}", context => SingleTask.Props(_ =>
    {
        var setup = TrainingSetup.Load(job, _plugins);
        var trained = FinishedTraining.Require(setup);
        var computing = RunOwner.Read(new RunFolder(setup.FoldFolder))?.Computing ?? "";
        context.Owner.Tell(new OpenRun(null, RunClaim.Take(setup.FoldFolder, computing, context.Time)));
        return trained;
    }, context.Owner));

    private static LoadingPlan Loading(LoadingSettings settings, int? wish)
    {
        var (fewest, most) = settings.WorkersFor(wish);
        return new LoadingPlan(fewest, most, settings.Prefetch, settings.Buffer, settings.StallAfter, settings.Strict);
    }

    // What nnU-Net expects beside a model's folds (spec 05 section 2). The folder belongs to all folds: what is there is not written again by each that goes on.
    private static void WriteModelFiles(TrainingSetup setup)
    {
        const string fingerprint = "dataset_fingerprint.json";
        var source = Path.Combine(setup.Job.Paths.PreprocessedFolder(setup.Job.Dataset), fingerprint);
        Write("plans.json", Encoding.UTF8.GetBytes(NnUnetJson.Write(setup.Plans.Source, sortKeys: false)));
        Write("dataset.json", Encoding.UTF8.GetBytes(NnUnetJson.Write(setup.Dataset.Source, sortKeys: false)));
        if (File.Exists(source)) Write(fingerprint, File.ReadAllBytes(source));

        void Write(string name, byte[] content) => DurableFile.WriteUnlessEqual(Path.Combine(setup.ModelFolder, name), content);
    }
}
