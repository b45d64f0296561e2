using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Networks;

/// <summary>The network of plans that were made for a pretrained one: a U-Net without deep supervision, or a Primus (spec 05 section 16).</summary>
/// <param name="DropsBranches">Whether a Primus whose numbers the plans give leaves out branches at random in training; those named by their size never do.</param>
public sealed record PretrainableRecipe(bool DropsBranches = false) : NetworkRecipe
{
    /// <inheritdoc/>
    protected override ISegmentationNetwork Create(Configuration configuration, int inputChannels, int heads, ulong seed) => configuration.Primus is { } primus
        ? PrimusNetwork.Build(DropsBranches ? primus : primus with { DropPath = 0 }, configuration.PatchSize, inputChannels, heads, seed)
        : UNet.Build(configuration.Architecture, inputChannels, heads, seed, deepSupervision: false);
}
