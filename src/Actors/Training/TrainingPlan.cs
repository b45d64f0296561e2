using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>What does not change during a run.</summary>
/// <param name="Name">For messages: <c>Dataset004_Hippocampus 3d_fullres fold 0</c>.</param>
/// <param name="FoldFolder">Where its checkpoints lie.</param>
/// <param name="Fold">Part of every batch's key.</param>
/// <param name="Options">Schedule.</param>
/// <param name="Loading">How its batches are loaded.</param>
/// <param name="CheckpointInterval">Mid-epoch checkpoints are at most so far apart.</param>
public sealed record TrainingPlan(string Name, string FoldFolder, Fold Fold, TrainingOptions Options, LoadingPlan Loading, TimeSpan CheckpointInterval)
{
    /// <summary>How it is watched and validated.</summary>
    public RunSettings Run { get; init; } = RunSettings.Default;

    /// <summary>Whether trainer and validator compute in turn: on the CPU, where each would have all processors.</summary>
    public bool TakesTurns { get; init; }
}

/// <summary>How a run's batches are loaded.</summary>
/// <param name="FewestWorkers">Augmentation workers at least; as many as <paramref name="MostWorkers"/> fixes the number.</param>
/// <param name="MostWorkers">Augmentation workers at most, as far as their memory reaches.</param>
/// <param name="Prefetch">Batches built ahead at most by one worker; each further one adds one.</param>
/// <param name="Buffer">Bytes that batches in flight may take, unless a single one takes more.</param>
/// <param name="StallAfter">A batch that takes longer than this, and than twenty times the slowest one before it, hangs.</param>
/// <param name="Strict">Whether a case that cannot be used ends the run.</param>
public sealed record LoadingPlan(int FewestWorkers, int MostWorkers, int Prefetch, long Buffer, TimeSpan StallAfter, bool Strict);
