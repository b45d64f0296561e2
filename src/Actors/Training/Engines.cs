using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

// What the training actors ask of Compute, as small ports: a test gives them engines that fail on command, without a network.

/// <summary>Owns network, optimiser and device. Used from one thread, the trainer's.</summary>
public interface ITrainingEngine : IDisposable
{
    /// <summary>One training iteration; the batch stays the caller's. Gives the loss.</summary>
    /// <exception cref="NonFiniteLossException">Loss or gradients are not finite; weights are as before.</exception>
    double Step(Batch batch, int epoch);

    /// <summary>Goes on by these epochs, learning rate and precision; the rest of the options is fixed.</summary>
    void Use(TrainingOptions options);

    /// <summary>Copies weights and momentum to the host.</summary>
    TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses);

    /// <summary>An epoch is over, and memory that lies free can be given back.</summary>
    void Tidy();

    /// <summary>Goes back to a snapshot; <paramref name="source"/> names it in errors.</summary>
    void Restore(TrainingSnapshot snapshot, string source);
}

/// <summary>Owns the validator's copy of the network. Used from one thread.</summary>
public interface IValidationEngine : IDisposable
{
    /// <summary>Takes the weights to score.</summary>
    void Load(IReadOnlyList<NamedTensor> weights, string source);

    /// <summary>Scores one batch; the batch stays the caller's.</summary>
    void Add(Batch batch);

    /// <summary>Mean loss and pseudo Dice of each foreground class over the batches since the last call.</summary>
    (double Loss, IReadOnlyList<double> DicePerClass) Finish();
}

/// <summary>Builds batches from their keys; called from many threads.</summary>
public interface IBatchSource
{
    /// <summary>The batch of this key without some cases: the same bytes whoever asks, whenever.</summary>
    /// <exception cref="SampleException">A case cannot be used.</exception>
    Batch Build(BatchKey key, IReadOnlySet<CaseId> without, CancellationToken stop);

    /// <summary>The cases that batch would be of.</summary>
    /// <exception cref="DataException">None is left.</exception>
    IReadOnlyList<CaseId> CasesOf(BatchKey key, IReadOnlySet<CaseId> without);

    /// <summary>What it takes at most.</summary>
    LoadingBytes Bytes { get; }
}

/// <summary>Which checkpoint file.</summary>
public enum CheckpointKind
{
    /// <summary>Where a run goes on: <c>checkpoint_latest.pth</c>, with its previous generation.</summary>
    Latest,

    /// <summary>The best moving average of the pseudo Dice: <c>checkpoint_best.pth</c>.</summary>
    Best,

    /// <summary>The end of training: <c>checkpoint_final.pth</c>.</summary>
    Final,
}

/// <summary>What a checkpoint says of a run, apart from the names and plans that never change.</summary>
public sealed record RunCheckpoint(TrainingSnapshot Snapshot, IReadOnlyList<EpochRecord> History, double? BestEma)
{
    /// <summary>Cases that its batches from here on are built without.</summary>
    public IReadOnlyList<LostCase> Lost { get; init; } = [];

    /// <summary>What the run goes on by; null as it was begun.</summary>
    public TrainingOptions? Options { get; init; }
}

/// <summary>What was found where a run left off.</summary>
/// <param name="Path">null: nothing to go on from.</param>
/// <param name="Checkpoint">Its content.</param>
/// <param name="Refused">Files that were there and could not be used, each with the reason.</param>
public sealed record FoundCheckpoint(string? Path, RunCheckpoint? Checkpoint, IReadOnlyList<string> Refused);

/// <summary>The durable side of one run's fold folder. One write at a time; reading while one is written finds the one before.</summary>
public interface ICheckpointStore
{
    /// <summary>The newest usable checkpoint.</summary>
    FoundCheckpoint FindNewest();

    /// <summary>Writes and verifies; the old file is there until the new one is.</summary>
    /// <returns>The digest of the weights.</returns>
    /// <param name="kind">Which file.</param>
    /// <param name="checkpoint">Its content.</param>
    /// <param name="abandoned">Cancelled when another writes in this one's place: from then on it may not take the file's name.</param>
    /// <exception cref="Runs.RunTakenOverException">Another process owns the run by now; nothing is changed.</exception>
    string Write(CheckpointKind kind, RunCheckpoint checkpoint, CancellationToken abandoned = default);
}

/// <summary>Makes the engines of one run. Each method is called on the thread that will use the result. Disposed after all of them.</summary>
public interface ITrainingEngines : IDisposable
{
    /// <summary>A network with its initial weights.</summary>
    ITrainingEngine CreateTrainer();

    /// <summary>A network to score snapshots with.</summary>
    IValidationEngine CreateValidator();

    /// <summary>The loader's builder.</summary>
    IBatchSource Batches { get; }

    /// <summary>The run's checkpoints.</summary>
    ICheckpointStore Checkpoints { get; }

    /// <summary>Writes a line of the run's log.</summary>
    /// <exception cref="IOException">It cannot be written; the training does not depend on it.</exception>
    void Log(DateTimeOffset time, string text);
}
