using ActorSeg.Actors.Runs;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>A fold folder's checkpoints in nnU-Net's own format and under its names, and the picture of its curves.</summary>
internal sealed class FileCheckpointStore(TrainingSetup setup, RunClaim claim) : ICheckpointStore
{
    private readonly Lazy<IReadOnlyList<(string Name, string Canonical)>> _stateNames = new(() =>
    {
        using var network = UNet.Build(setup.Configuration.Architecture, setup.InputChannels, setup.Dataset.Labels.Heads, seed: 0);
        return network.StateNames;
    });

    public FoundCheckpoint FindNewest()
    {
        if (!Directory.Exists(setup.FoldFolder)) return new FoundCheckpoint(null, null, []);
        var choice = CheckpointFile.FindNewest(setup.FoldFolder);
        string[] refused = [.. choice.Refused.Select(r => r.Why.Contains(r.Path, StringComparison.Ordinal) ? r.Why : $"{r.Path}: {r.Why}")];
        if (choice.Checkpoint is not { } found) return new FoundCheckpoint(null, null, refused);
        ResumeRules.Check(choice.Path!, CheckpointFile.ReadHeader(choice.Path!), setup);
        var extra = found.Extra;
        var snapshot = new TrainingSnapshot(extra?.Epoch ?? found.CurrentEpoch, extra?.Iteration ?? 0, found.Weights, Momentum(found), extra?.EpochLosses ?? []);
        return new FoundCheckpoint(choice.Path, new RunCheckpoint(snapshot, found.History, found.BestEma), refused);
    }

    public string Write(CheckpointKind kind, RunCheckpoint checkpoint)
    {
        claim.Require();
        Directory.CreateDirectory(setup.FoldFolder);
        var content = Content(checkpoint);
        var digest = kind switch
        {
            CheckpointKind.Latest => CheckpointFile.WriteGeneration(setup.FoldFolder, content, claim.Require),
            CheckpointKind.Best => CheckpointFile.Write(Path.Combine(setup.FoldFolder, CheckpointSet.Best), content, claim.Require),
            _ => CheckpointFile.Write(Path.Combine(setup.FoldFolder, CheckpointSet.Final), content, claim.Require),
        };
        if (kind == CheckpointKind.Final)
        {
            // As nnU-Net: what the final one stands for is not kept twice.
            File.Delete(Path.Combine(setup.FoldFolder, CheckpointSet.Latest));
            File.Delete(Path.Combine(setup.FoldFolder, CheckpointSet.Previous));
        }

        if (checkpoint.History.Count > 0) TrainingCurves.Draw(Path.Combine(setup.FoldFolder, "progress.png"), checkpoint.History);
        return digest;
    }

    private static IReadOnlyList<NamedTensor?> Momentum(Checkpoint found) => found.Momentum.Count > 0 ? found.Momentum : [.. found.Weights.Select(_ => (NamedTensor?)null)];

    private Checkpoint Content(RunCheckpoint run)
    {
        var (o, at) = (setup.Options, run.Snapshot);
        return new Checkpoint
        {
            Weights = at.Weights,
            StateNames = _stateNames.Value,
            Momentum = at.Momentum,
            History = run.History,
            BestEma = run.BestEma,
            CurrentEpoch = run.History.Count,
            TrainerName = setup.Job.Trainer,
            Configuration = setup.Job.Configuration,
            Fold = setup.Job.Fold,
            Plans = setup.Plans.Source,
            DatasetJson = setup.Dataset.Source,
            Device = setup.Device,
            MirroringAxes = setup.MirrorAxes,
            InitialLearningRate = o.InitialLearningRate,
            MomentumFactor = o.Momentum,
            WeightDecay = o.WeightDecay,
            LearningRate = PolyLearningRate.At(Math.Min(at.Epoch, o.Epochs - 1), o.Epochs, o.InitialLearningRate),
            Extra = new CheckpointExtra(at.Epoch, at.Iteration, at.EpochLosses, o.Seed, o.Epochs, o.IterationsPerEpoch, o.ValidationIterations, o.BatchSize),
        };
    }
}
