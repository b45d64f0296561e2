using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>Which batches follow each other: those of the training across epochs, those of the validation within one. Pure.</summary>
internal sealed record Schedule(int Epochs, int Iterations, int ValidationIterations)
{
    public static Schedule Of(TrainingOptions options) => new(options.Epochs, options.IterationsPerEpoch, options.ValidationIterations);

    /// <summary>null after the last.</summary>
    public BatchKey? After(BatchKey key) =>
        key.Index + 1 < Length(key) ? key with { Index = key.Index + 1 }
        : !key.Validation && key.Epoch + 1 < Epochs ? key with { Epoch = key.Epoch + 1, Index = 0 }
        : null;

    /// <summary>Batches from one to another of the same kind; below 0 where it lies before.</summary>
    public long Distance(BatchKey from, BatchKey to) => ((long)(to.Epoch - from.Epoch) * Length(to)) + to.Index - from.Index;

    private int Length(BatchKey key) => key.Validation ? ValidationIterations : Iterations;
}
