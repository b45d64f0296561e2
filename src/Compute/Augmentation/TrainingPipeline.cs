using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Augmentation;

/// <summary>A training pipeline as data, up to the mask (spec 06 section 5, rows 1 to 12): a variant is another list of rows.</summary>
/// <param name="Spatial">Reads the sample.</param>
/// <param name="Transforms">Act on it, in this order.</param>
internal sealed record TrainingPipeline(SpatialReader Spatial, IReadOnlyList<SampleTransform> Transforms)
{
    /// <summary>nnU-Net's default.</summary>
    /// <param name="settings">What follows from the patch.</param>
    /// <param name="maskChannel">Whether each channel was normalised within the non-zero region.</param>
    /// <param name="is2D">Whether the patch's leading axis is only there to make three.</param>
    public static TrainingPipeline Default(AugmentationSettings settings, IReadOnlyList<bool> maskChannel, bool is2D) => new(
        new SpatialReader(settings, RotationChance: 0.2, ScalingChance: 0.2, Scaling: new(0.7, 1.4)),
        [
            new NoiseTransform(0.1, Sigma: new(0, 0.1)),
            new BlurTransform(0.2, ChannelChance: 0.5, Sigma: new(0.5, 1)),
            new BrightnessTransform(0.15, new(0.75, 1.25)),
            new ContrastTransform(0.15, new(0.75, 1.25)),
            new LowResolutionTransform(0.25, ChannelChance: 0.5, Scale: new(0.5, 1)),
            new GammaTransform(0.1, new(0.7, 1.5), Inverted: true),
            new GammaTransform(0.3, new(0.7, 1.5), Inverted: false),
            new MirrorTransform([.. settings.MirrorAxes.Select(axis => is2D ? axis + 1 : axis)]),
            .. Masks(maskChannel),
        ]);

    /// <summary>Reads the patch at <paramref name="box"/> (initial patch size) and leaves it augmented in the sample.</summary>
    /// <param name="key">Which batch.</param>
    /// <param name="index">Which sample of it.</param>
    /// <param name="stored">The sample's case.</param>
    /// <param name="box">Where.</param>
    /// <param name="sample">Every value is written.</param>
    public void Fill(BatchKey key, int index, IStoredCase stored, Box box, Sample sample)
    {
        Spatial.Read(new Philox(key, index, (int)Purpose.Spatial), stored, box, sample);
        foreach (var transform in Transforms) transform.ApplyByChance(new Philox(key, index, (int)transform.Purpose), sample);
    }

    private static IEnumerable<SampleTransform> Masks(IReadOnlyList<bool> maskChannel)
    {
        int[] flagged = [.. Enumerable.Range(0, maskChannel.Count).Where(channel => maskChannel[channel])];
        return flagged.Length == 0 ? [] : [new MaskTransform(flagged)];
    }
}
