using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Inference;

/// <summary>The weights of one trained fold.</summary>
/// <param name="State">Parameters and buffers.</param>
/// <param name="Source">The file they came from, for messages.</param>
public sealed record FoldWeights(IReadOnlyList<NamedTensor> State, string Source);
