using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>A Primus in place of the architecture of the plans, as nnU-Net's Primus trainers build it.</summary>
/// <param name="Spec">Which one.</param>
public sealed record PrimusRecipe(PrimusSpec Spec) : NetworkRecipe
{
    /// <inheritdoc/>
    protected override ISegmentationNetwork Create(Configuration configuration, int inputChannels, int heads, ulong seed) =>
        PrimusNetwork.Build(Spec, configuration.PatchSize, inputChannels, heads, seed);
}
