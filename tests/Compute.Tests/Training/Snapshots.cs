using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

/// <summary>Looks into snapshots of trainings by SGD.</summary>
internal static class Snapshots
{
    public static IReadOnlyList<NamedTensor?> Momentum(this TrainingSnapshot snapshot) => [.. snapshot.Optimizer.Select(slots => slots.SingleOrDefault()?.Tensor)];

    public static TrainingSnapshot WithFirstMomentum(this TrainingSnapshot snapshot, Func<NamedTensor, NamedTensor> change) =>
        snapshot with { Optimizer = [[new OptimizerSlot(OptimizerState.MomentumBuffer, change(snapshot.Momentum()[0]!))], .. snapshot.Optimizer.Skip(1)] };
}
