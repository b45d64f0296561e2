using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>What can be said between a training run and its trainer, validator and checkpoint writer. Answers carry the incarnation they belong to; stale ones are dropped.</summary>
public static partial class TrainingProtocol
{
    /// <summary>Train this epoch from this iteration on, then answer <see cref="EpochTrained"/>.</summary>
    /// <param name="Epoch">From 0.</param>
    /// <param name="FromIteration">0, or where a checkpoint lay in mid-epoch.</param>
    /// <param name="LossesSoFar">Of the iterations before that.</param>
    public sealed record TrainEpoch(int Epoch, int FromIteration, IReadOnlyList<double> LossesSoFar);

    /// <summary>One iteration is done.</summary>
    /// <param name="Incarnation">Of the trainer.</param>
    /// <param name="Epoch">From 0.</param>
    /// <param name="Iteration">From 0.</param>
    /// <param name="Loss">Of this iteration; NaN when it was skipped.</param>
    /// <param name="StepSeconds">Computing.</param>
    /// <param name="WaitSeconds">Waiting for the batch.</param>
    public sealed record StepDone(int Incarnation, int Epoch, int Iteration, double Loss, double StepSeconds, double WaitSeconds);

    /// <summary>The iteration's loss or gradients were not finite; the weights are as before.</summary>
    public sealed record StepSkipped(int Incarnation, int Epoch, int Iteration, string Cause);

    /// <summary>The epoch is trained.</summary>
    /// <param name="Incarnation">Of the trainer.</param>
    /// <param name="Epoch">From 0.</param>
    /// <param name="Snapshot">Points to the next epoch's first iteration.</param>
    /// <param name="Loss">Mean over the iterations.</param>
    /// <param name="Started">Unix seconds.</param>
    /// <param name="Ended">Unix seconds.</param>
    /// <param name="Cost">Where the time went, of the iterations this trainer did.</param>
    public sealed record EpochTrained(int Incarnation, int Epoch, TrainingSnapshot Snapshot, double Loss, double Started, double Ended, EpochCost Cost);

    /// <summary>Between two iterations, copy the state. Answered with <see cref="SnapshotTaken"/>; an idle trainer answers with where it is.</summary>
    /// <param name="ThenStop">Do no further iteration.</param>
    public sealed record TakeSnapshot(bool ThenStop);

    /// <summary>The state between two iterations.</summary>
    public sealed record SnapshotTaken(int Incarnation, TrainingSnapshot Snapshot, bool Stopped);

    /// <summary>Score these weights on the validation batches of this epoch.</summary>
    public sealed record ScoreSnapshot(int Epoch, IReadOnlyList<NamedTensor> Weights);

    /// <summary>The weights' validation loss and pseudo Dice of each foreground class.</summary>
    public sealed record EpochScored(int Epoch, double Loss, IReadOnlyList<double> DicePerClass);

    /// <summary>The sender wants to compute; answered with <see cref="YourTurn"/>.</summary>
    public sealed record WantTurn
    {
        /// <summary>The one instance.</summary>
        public static WantTurn Instance { get; } = new();
    }

    /// <summary>Compute now, or do not; then say <see cref="TurnOver"/>.</summary>
    public sealed record YourTurn
    {
        /// <summary>The one instance.</summary>
        public static YourTurn Instance { get; } = new();
    }

    /// <summary>Others may compute.</summary>
    public sealed record TurnOver
    {
        /// <summary>The one instance.</summary>
        public static TurnOver Instance { get; } = new();
    }

    /// <summary>The sender begins with something that may hang, in words that go on with "has taken".</summary>
    public sealed record WorkBegun(string What);

    /// <summary>The sender is done with what it began.</summary>
    public sealed record WorkEnded
    {
        /// <summary>The one instance.</summary>
        public static WorkEnded Instance { get; } = new();
    }

    /// <summary>For a checkpoint writer whose file system hangs: another writes from now on, and what this one still writes takes no file's name.</summary>
    public sealed record AbandonWrites
    {
        /// <summary>The one instance.</summary>
        public static AbandonWrites Instance { get; } = new();
    }

    /// <summary>Add this line to the run's log.</summary>
    public sealed record LogLine(string Text);

    /// <summary>Write this durably. A newer one of the same kind takes its place while it waits.</summary>
    public sealed record WriteCheckpoint(CheckpointKind Kind, RunCheckpoint Checkpoint);

    /// <summary>The file is on disk, verified.</summary>
    /// <param name="Kind">Which.</param>
    /// <param name="Epoch">Of the next iteration.</param>
    /// <param name="Iteration">The next one.</param>
    /// <param name="WeightsSha256">Digest of the weights.</param>
    public sealed record CheckpointWritten(CheckpointKind Kind, int Epoch, int Iteration, string WeightsSha256);

    /// <summary>This process may not write to the run any more.</summary>
    public sealed record CheckpointRefused(Exception Cause);

    /// <summary>Writing failed; the last good generation stays, and it is tried again to a new file.</summary>
    public sealed record CheckpointDelayed(CheckpointKind Kind, int Failures, string Cause, TimeSpan RetryIn);
}
