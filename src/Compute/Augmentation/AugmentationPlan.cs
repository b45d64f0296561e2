using ActorSeg.Compute.Augmentation.Transforms;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Augmentation;

/// <summary>All that happens to a sample, as data: how it is read, which transforms act on it in which order, and what targets are made of it.</summary>
/// <param name="Settings">What follows from the patch.</param>
/// <param name="Spatial">Reads it turned and scaled; null reads it as it is, in network size.</param>
/// <param name="Transforms">Act on it, in this order, each from a stream of its own.</param>
/// <param name="PreviousLabels">Labels of the stage before that become input channels; none where there is no such stage.</param>
/// <param name="Targets">What is made of the label map in the end.</param>
internal sealed record AugmentationPlan(
    AugmentationSettings Settings, SpatialReader? Spatial, IReadOnlyList<SampleTransform> Transforms, IReadOnlyList<int> PreviousLabels,
    DeepSupervisionTargets Targets)
{
    /// <summary>Extent of the box that a sample is drawn in.</summary>
    public VolumeShape Loaded => Spatial is null ? Settings.Patch : Settings.InitialPatch;

    /// <summary>The plan of a training or its validation.</summary>
    public static AugmentationPlan For(Configuration configuration, LabelSet labels, BatchOptions options)
    {
        var variant = options.Variant;
        var settings = AugmentationSettings.For(configuration, variant);
        int[] previous = configuration.PreviousStage is null ? [] : [.. labels.Foreground];
        var pipeline = variant.Scheme switch
        {
            AugmentationScheme.Default => Pipelines.Default(settings, variant, configuration),
            AugmentationScheme.Heavy => Pipelines.Heavy(settings, variant, configuration),
            _ => new Pipeline(null, []),
        };
        IReadOnlyList<SampleTransform> transforms =
            [.. pipeline.Transforms, .. Pipelines.Labels(previous, pipeline.Spatial is null ? null : variant.PreviousLabelChance)];
        var outputs = DeepSupervisionTargets.Shapes(configuration, settings.Patch);
        var targets = new DeepSupervisionTargets(settings.Patch, options.DeepSupervision ? outputs : [settings.Patch], labels);
        return new AugmentationPlan(settings, pipeline.Spatial, transforms, previous, targets);
    }

    /// <summary>Reads the patch at <paramref name="box"/> (of extent <see cref="Loaded"/>) and leaves it augmented in the sample.</summary>
    /// <param name="key">Which batch.</param>
    /// <param name="index">Which sample of it.</param>
    /// <param name="stored">The sample's case.</param>
    /// <param name="box">Where.</param>
    /// <param name="sample">Every value is written.</param>
    public void Fill(BatchKey key, int index, IStoredCase stored, Box box, Sample sample)
    {
        if (Spatial is null) SpatialReader.ReadUnchanged(stored, box, sample);
        else Spatial.Read(new Philox(key, index, (int)Purpose.Spatial), stored, box, sample);
        foreach (var transform in Transforms) transform.ApplyByChance(new Philox(key, index, (int)transform.Purpose), sample);
    }
}
