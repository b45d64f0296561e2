using ActorSeg.Compute;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>What does not change during a run.</summary>
/// <param name="Name">For messages: <c>Dataset004_Hippocampus 3d_fullres fold 0</c>.</param>
/// <param name="FoldFolder">Where its checkpoints lie.</param>
/// <param name="Fold">Part of every batch's key.</param>
/// <param name="Options">Schedule.</param>
/// <param name="Augmenters">Augmentation workers.</param>
/// <param name="Prefetch">Batches built ahead at most.</param>
/// <param name="CheckpointInterval">Mid-epoch checkpoints are at most so far apart.</param>
/// <param name="Tries">How often a failing batch, trainer or validator is tried again before the run gives up on it.</param>
public sealed record TrainingPlan(
    string Name, string FoldFolder, Fold Fold, TrainingOptions Options, int Augmenters, int Prefetch, TimeSpan CheckpointInterval, int Tries);
