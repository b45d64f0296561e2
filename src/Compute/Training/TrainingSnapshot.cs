using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Training;

/// <summary>
/// Everything a training needs to go on bit for bit, copied to the host: the next iteration to run, weights and momentum, curves.
/// There is no generator state: batches are functions of their key.
/// </summary>
/// <param name="Epoch">The epoch of the next iteration.</param>
/// <param name="Iteration">The next iteration within that epoch, from 0.</param>
/// <param name="Weights">Each unique parameter once, in nnU-Net's parameter order.</param>
/// <param name="Optimizer">What the optimizer keeps for each parameter; nothing for one that never had a gradient.</param>
/// <param name="EpochLosses">Losses of the iterations done in the unfinished epoch.</param>
public sealed record TrainingSnapshot(
    int Epoch,
    int Iteration,
    IReadOnlyList<NamedTensor> Weights,
    IReadOnlyList<IReadOnlyList<OptimizerSlot>> Optimizer,
    IReadOnlyList<double> EpochLosses)
{
    /// <summary>Of the gradients of an fp16 training; null in others.</summary>
    public LossScale? LossScale { get; init; }
}
