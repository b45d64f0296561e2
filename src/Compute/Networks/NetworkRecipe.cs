using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// Which network a trainer trains, as data: nnU-Net's trainer variants are values of this (spec 04 section 11). A network of a user's own derives from it.
/// </summary>
public abstract record NetworkRecipe
{
    /// <summary>nnU-Net's own.</summary>
    public static NetworkRecipe Default { get; } = new Planned();

    /// <summary>Whether the network has an output for each decoder stage, whose losses are added up; else the full resolution alone.</summary>
    public virtual bool HasDeepSupervision => false;

    /// <summary>The network with its first weights.</summary>
    /// <param name="configuration">Its patch, and the architecture where the recipe leaves it to the plans.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="heads">Classes or regions.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <exception cref="DataException">It cannot be built, or does not take patches of the configuration's size.</exception>
    public ISegmentationNetwork Build(Configuration configuration, int inputChannels, int heads, ulong seed)
    {
        var network = Create(configuration, inputChannels, heads, seed);
        if (network.Mismatch(Operators.Longs(configuration.PatchSize)) is not { } problem) return network;
        network.Dispose();
        var patch = $"patch_size ({string.Join(", ", configuration.PatchSize)}) of {configuration.Name}";
        throw new DataException("plans", $"{patch}: its voxels {problem}", "plan again, or correct patch_size");
    }

    /// <summary>See <see cref="Build"/>, which checks the patch.</summary>
    protected abstract ISegmentationNetwork Create(Configuration configuration, int inputChannels, int heads, ulong seed);

    /// <summary>The architecture of the plans.</summary>
    /// <param name="DeepSupervision">Every decoder stage is an output of its own, or the full resolution alone.</param>
    /// <param name="BatchNorm">Batch norm stands in place of the plans' normalisation: eps 1e-5, affine (nnUNetTrainerBN).</param>
    public sealed record Planned(bool DeepSupervision = true, bool BatchNorm = false) : NetworkRecipe
    {
        /// <inheritdoc/>
        public override bool HasDeepSupervision => DeepSupervision;

        /// <inheritdoc/>
        protected override ISegmentationNetwork Create(Configuration configuration, int inputChannels, int heads, ulong seed)
        {
            var spec = configuration.Architecture;
            if (BatchNorm) spec = spec with { Norm = NormKind.Batch, NormEps = 1e-5, NormAffine = true, NormMomentum = 0.1 };
            return UNet.Build(spec, inputChannels, heads, seed, DeepSupervision);
        }
    }
}
