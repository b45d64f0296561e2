using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>What a <c>checkpoint_*.pth</c> holds (spec 10 section 3), on the host. nnU-Net predicts with it and goes on training from it.</summary>
public sealed record Checkpoint
{
    /// <summary>Each unique parameter once, in parameter order.</summary>
    public required IReadOnlyList<NamedTensor> Weights { get; init; }

    /// <summary>
    /// Every name of nnU-Net's state dict in its order, with the name in <see cref="Weights"/> (or <see cref="Buffers"/>) whose storage it shares.
    /// </summary>
    public required IReadOnlyList<(string Name, string Canonical)> StateNames { get; init; }

    /// <summary>State that is no parameter (batch norm's running statistics; its counters as whole numbers). Empty for nnU-Net's own networks.</summary>
    public IReadOnlyList<NamedTensor> Buffers { get; init; } = [];

    /// <summary>All that a network's own state dict has, each tensor once: <see cref="Weights"/>, then <see cref="Buffers"/>.</summary>
    public IReadOnlyList<NamedTensor> State => Buffers.Count == 0 ? Weights : [.. Weights, .. Buffers];

    /// <summary>The optimizer's state; null when the file carries none for these weights.</summary>
    public OptimizerState? Optimizer { get; init; }

    /// <summary>
    /// SGD's momentum of each parameter in the order of <see cref="Weights"/>, null where one never had a gradient. Empty when the file carries no optimizer's state.
    /// </summary>
    public IReadOnlyList<NamedTensor?> Momentum => Optimizer?.Tensors(OptimizerState.MomentumBuffer) ?? [];

    /// <summary>State of the gradient scaler that fp16 on a GPU needs; null without one, empty where it was off.</summary>
    public PickleDict? GradScaler { get; init; }

    /// <summary>The finished epochs.</summary>
    public required IReadOnlyList<EpochRecord> History { get; init; }

    /// <summary>Best moving average of the pseudo Dice so far; null before the first epoch ended.</summary>
    public double? BestEma { get; init; }

    /// <summary>The next epoch to run, which is the number of finished ones.</summary>
    public required int CurrentEpoch { get; init; }

    /// <summary>Trainer class name, such as <c>nnUNetTrainer</c>; nnU-Net builds the network through it.</summary>
    public required string TrainerName { get; init; }

    /// <summary>Such as <c>3d_fullres</c>.</summary>
    public required string Configuration { get; init; }

    /// <summary>The fold trained.</summary>
    public required Fold Fold { get; init; }

    /// <summary>All of the plans; empty when the file carries none.</summary>
    public required JsonObject Plans { get; init; }

    /// <summary>All of dataset.json; empty when the file carries none.</summary>
    public required JsonObject DatasetJson { get; init; }

    /// <summary>Such as <c>cuda</c> or <c>cpu</c>: where it was trained. Nothing depends on it.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Spatial axes that test-time mirroring may flip, 0 first; null allows none.</summary>
    public IReadOnlyList<int>? MirroringAxes { get; init; }

    /// <summary>What only ActorSeg knows; null in nnU-Net's files.</summary>
    public CheckpointExtra? Extra { get; init; }

    /// <summary>What other writers added to nnU-Net's keys.</summary>
    public ForeignKeys Foreign { get; init; } = ForeignKeys.None;
}

/// <summary>
/// Entries beyond those that nnU-Net writes, of its other versions and of trainers derived from it. They are kept when a checkpoint is written again, all but tensors.
/// </summary>
/// <param name="Root">Beside <c>network_weights</c>.</param>
/// <param name="Arguments">In <c>init_args</c>.</param>
/// <param name="Logging">In <c>logging</c>.</param>
public sealed record ForeignKeys(PickleDict Root, PickleDict Arguments, PickleDict Logging)
{
    /// <summary>Nothing beyond nnU-Net's own.</summary>
    public static ForeignKeys None => new(new PickleDict(), new PickleDict(), new PickleDict());
}

/// <summary>
/// What bit-for-bit resumption within an epoch needs beyond nnU-Net's nine keys; stored under the key <c>actorseg</c>, which nnU-Net ignores.
/// </summary>
/// <param name="Epoch">The epoch of the next iteration.</param>
/// <param name="Iteration">The next iteration within it, from 0.</param>
/// <param name="EpochLosses">Losses of the iterations done in that epoch.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Epochs">Planned altogether.</param>
/// <param name="IterationsPerEpoch">Training iterations of an epoch.</param>
/// <param name="ValidationIterations">Validation iterations of an epoch.</param>
/// <param name="BatchSize">Samples in a batch.</param>
public sealed record CheckpointExtra(
    [property: JsonPropertyName("epoch")] int Epoch,
    [property: JsonPropertyName("iteration")] int Iteration,
    [property: JsonPropertyName("epoch_losses")] IReadOnlyList<double> EpochLosses,
    [property: JsonPropertyName("seed")] ulong Seed,
    [property: JsonPropertyName("epochs")] int Epochs,
    [property: JsonPropertyName("iterations_per_epoch")] int IterationsPerEpoch,
    [property: JsonPropertyName("validation_iterations")] int ValidationIterations,
    [property: JsonPropertyName("batch_size")] int BatchSize)
{
    /// <summary>Cases that the run does without from here on, so that the batches after a resumption are those of a run that went on.</summary>
    [JsonPropertyName("quarantined")]
    public IReadOnlyList<ExcludedCase> Quarantined { get; init; } = [];

    /// <summary>What the run computes in, such as <c>bf16</c>.</summary>
    [JsonPropertyName("precision")]
    public string Precision { get; init; } = "fp32";

    /// <summary>What the command asked for, where it was changed while the run went on; the same command does not change it back. Null: as it asked.</summary>
    [JsonPropertyName("asked")]
    public AskedSchedule? Asked { get; init; }
}

/// <summary>The schedule that a run's command asked for.</summary>
/// <param name="Epochs">Altogether.</param>
/// <param name="LearningRate">Of the first epoch.</param>
public sealed record AskedSchedule([property: JsonPropertyName("epochs")] int Epochs, [property: JsonPropertyName("learning_rate")] double LearningRate);

/// <summary>A case that a run does without.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Cause">Why.</param>
public sealed record ExcludedCase([property: JsonPropertyName("case")] string Case, [property: JsonPropertyName("cause")] string Cause);
