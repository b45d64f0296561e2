namespace ActorSeg.Compute.Checkpoints;

/// <summary>A float32 tensor on the host under its state-dict name.</summary>
/// <param name="Name">As in nnU-Net's state dict, such as <c>encoder.stages.0.0.convs.0.conv.weight</c>.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Values">C order.</param>
public sealed record NamedTensor(string Name, IReadOnlyList<long> Shape, float[] Values);
