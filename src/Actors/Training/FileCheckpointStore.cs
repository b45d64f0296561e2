using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;
using ActorSeg.Compute.Training.Optimizers;

namespace ActorSeg.Actors.Training;

/// <summary>A fold folder's checkpoints in nnU-Net's own format and under its names, and the picture of its curves.</summary>
internal sealed class FileCheckpointStore(TrainingSetup setup, RunClaim claim) : ICheckpointStore
{
    /// <summary>
    /// Names of the network's state, as <see cref="ISegmentationNetwork.StateNames"/>: known from the trainer's network, or from the checkpoint that was found.
    /// </summary>
    public IReadOnlyList<(string Name, string Canonical)>? StateNames { get; set; }

    public FoundCheckpoint FindNewest()
    {
        if (!Directory.Exists(setup.FoldFolder)) return new FoundCheckpoint(null, null, []);
        var choice = CheckpointFile.FindNewest(setup.FoldFolder);
        string[] refused = [.. choice.Refused.Select(r => r.Why.Contains(r.Path, StringComparison.Ordinal) ? r.Why : $"{r.Path}: {r.Why}")];
        if (choice.Checkpoint is not { } found) return new FoundCheckpoint(null, null, refused);
        ResumeRules.Check(choice.Path!, CheckpointFile.ReadHeader(choice.Path!), setup);
        StateNames ??= found.StateNames;
        var extra = found.Extra;
        var snapshot = new TrainingSnapshot(extra?.Epoch ?? found.CurrentEpoch, extra?.Iteration ?? 0, found.State, found.Optimizer?.Parameters ?? [.. found.Weights.Select(_ => (IReadOnlyList<OptimizerSlot>)[])], extra?.EpochLosses ?? [])
        {
            LossScale = LossScale.Of(found.GradScaler),
        };
        var lost = (extra?.Quarantined ?? []).Select(one => new LostCase(new CaseId(one.Case), 0, one.Cause));
        return new FoundCheckpoint(choice.Path, new RunCheckpoint(snapshot, found.History, found.BestEma) { Lost = [.. lost] }, refused);
    }

    public string Write(CheckpointKind kind, RunCheckpoint checkpoint, CancellationToken abandoned = default)
    {
        claim.Require();
        Directory.CreateDirectory(setup.FoldFolder);
        var content = Content(checkpoint);
        var digest = kind switch
        {
            CheckpointKind.Latest => CheckpointFile.WriteGeneration(setup.FoldFolder, content, Permit),
            CheckpointKind.Best => CheckpointFile.Write(Path.Combine(setup.FoldFolder, CheckpointSet.Best), content, Permit),
            _ => CheckpointFile.Write(Path.Combine(setup.FoldFolder, CheckpointSet.Final), content, Permit),
        };
        if (kind == CheckpointKind.Final)
        {
            // As nnU-Net: what the final one stands for is not kept twice.
            File.Delete(Path.Combine(setup.FoldFolder, CheckpointSet.Latest));
            File.Delete(Path.Combine(setup.FoldFolder, CheckpointSet.Previous));
        }

        if (checkpoint.History.Count > 0) TrainingCurves.Draw(Path.Combine(setup.FoldFolder, "progress.png"), checkpoint.History);
        return digest;

        void Permit()
        {
            abandoned.ThrowIfCancellationRequested();
            claim.Require();
        }
    }

    private Checkpoint Content(RunCheckpoint run)
    {
        var (o, at) = (run.Options ?? setup.Options, run.Snapshot);
        return new Checkpoint
        {
            Weights = [.. at.Weights.Where(w => !ParameterNames.IsBuffer(w.Name))],
            Buffers = [.. at.Weights.Where(w => ParameterNames.IsBuffer(w.Name))],
            StateNames = StateNames ?? throw new InvalidOperationException("a checkpoint is written before there is a network"),
            Optimizer = OptimizerFiles.State(o.Optimizer, at.Optimizer, o.LearningRateAt(Math.Min(at.Epoch, o.Epochs - 1)), o.InitialLearningRate, o.WeightDecay),
            GradScaler = at.LossScale?.ToState(),
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
            Extra = new CheckpointExtra(at.Epoch, at.Iteration, at.EpochLosses, o.Seed, o.Epochs, o.IterationsPerEpoch, o.ValidationIterations, o.BatchSize)
            {
                Precision = PrecisionChoice.NameOf(o.Precision),
                Asked = setup.Asked is { } asked && asked != new AskedSchedule(o.Epochs, o.InitialLearningRate) ? asked : null,
                Quarantined = [.. run.Lost.Select(lost => new ExcludedCase(lost.Case.Value, lost.Cause))],
            },
        };
    }
}
