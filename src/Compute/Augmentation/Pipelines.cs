using ActorSeg.Compute.Augmentation.Transforms;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Augmentation;

/// <summary>How a sample is read and what then acts on it.</summary>
internal sealed record Pipeline(SpatialReader? Spatial, IReadOnlyList<SampleTransform> Transforms);

/// <summary>nnU-Net's pipelines row by row: chances, ranges and order are the reference's.</summary>
internal static class Pipelines
{
    /// <summary>The default (spec 06 section 5, rows 1 to 12).</summary>
    public static Pipeline Default(AugmentationSettings settings, AugmentationVariant variant, Configuration configuration) => new(
        Reader(settings, variant) with { RotationChance = 0.2, AxisChance = 1, ScalingChance = 0.2, Scaling = new(0.7, 1.4), SameScale = true },
        [
            new NoiseTransform(0.1, Sigma: new(0, 0.1)),
            new BlurTransform(0.2, ChannelChance: 0.5, Sigma: new(0.5, 1), SameForAxes: false),
            new BrightnessTransform(0.15, new(0.75, 1.25)),
            new ContrastTransform(0.15, new(0.75, 1.25), ChannelChance: 1, KeepRange: true),
            new LowResolutionTransform(0.25, ChannelChance: 0.5, Scale: new(0.5, 1), IsSliced(settings, configuration)),
            new GammaTransform(Purpose.GammaInverted, 0.1, new(0.7, 1.5), Inverted: true),
            new GammaTransform(Purpose.Gamma, 0.3, new(0.7, 1.5), Inverted: false),
            .. Mirror(settings, configuration),
            .. Masks(configuration.UseMaskForNorm),
        ]);

    /// <summary>DA5 (spec 06 section 9, rows 1 to 15 and the mask).</summary>
    public static Pipeline Heavy(AugmentationSettings settings, AugmentationVariant variant, Configuration configuration)
    {
        var blob = new LocalBlob(Centre: new(-0.5, 1.5), NarrowestPart: 6);
        return new Pipeline(
            Reader(settings, variant) with { RotationChance = 0.4, AxisChance = 0.5, ScalingChance = 0.2, Scaling = new(0.7, 1.43), SameScale = false },
            [
                .. Rearrangements(settings.Patch, configuration.Is2D),
                new OneOfTransform(Purpose.MedianOrBlur,
                [
                    new MedianTransform(0.2, ChannelChance: 0.5, Size: new(2, 7)),
                    new BlurTransform(0.2, ChannelChance: 0.5, Sigma: new(0.3, 1.5), SameForAxes: true),
                ]),
                new NoiseTransform(0.1, Sigma: new(0, 0.1)),
                new AdditiveBrightnessTransform(0.1, ChannelChance: 0.5, Deviation: 0.5),
                new OneOfTransform(Purpose.EitherContrast,
                [
                    new ContrastTransform(0.2, new(0.5, 2), ChannelChance: 0.5, KeepRange: true),
                    new ContrastTransform(0.2, new(0.5, 2), ChannelChance: 0.5, KeepRange: false),
                ]),
                new LowResolutionTransform(0.15, ChannelChance: 0.5, Scale: new(0.25, 1), IsSliced(settings, configuration)),
                // Both of the negative, as the reference has it (trap 23).
                new GammaTransform(Purpose.GammaInverted, 0.1, new(0.7, 1.5), Inverted: true),
                new GammaTransform(Purpose.GammaInvertedAgain, 0.1, new(0.7, 1.5), Inverted: true),
                .. Mirror(settings, configuration),
                new BlankRectanglesTransform(0.4, ChannelChance: 0.5, Count: new(1, 4), [.. settings.Patch.ToArray().Select(RectangleEdge)]),
                new BrightnessGradientTransform(0.3, ChannelChance: 0.5, blob, Strength: new(new(-5, -1), new(1, 5))),
                new LocalGammaTransform(0.3, ChannelChance: 0.5, blob, Gamma: new(new(0.01, 0.8), new(1.5, 4))),
                new SharpeningTransform(0.2, ChannelChance: 0.5, Strength: new(0.1, 1)),
                .. Masks(configuration.UseMaskForNorm),
            ]);
    }

    /// <summary>What every pipeline ends with (spec 06 section 5, rows 13 to 16, and section 6).</summary>
    /// <param name="previous">Labels of the stage before that become input channels.</param>
    /// <param name="labelChance">Of each of them that its mask is changed; null changes none.</param>
    public static IEnumerable<SampleTransform> Labels(IReadOnlyList<int> previous, double? labelChance)
    {
        yield return new RemoveLabelTransform();
        if (previous.Count == 0) yield break;
        yield return new PreviousStageTransform(previous);
        if (labelChance is not { } chance) yield break;
        yield return new BinaryOperatorTransform(0.4, chance, Radius: new(1, 8));
        yield return new RemoveComponentTransform(0.2, chance, LargestPart: 0.15, FillChance: 0);
    }

    private static SpatialReader Reader(AugmentationSettings settings, AugmentationVariant variant) => new()
    {
        Patch = settings.Patch,
        InPlaneOnly = settings.InPlaneOnly,
        Rotation = new(-settings.RotationRange, settings.RotationRange),
        Image = variant.NearestImage ? Interpolation.Nearest : Interpolation.Linear,
        Labels = variant.NearestLabels ? Interpolation.Nearest : Interpolation.Linear,
        RotationChance = 0,
        AxisChance = 1,
        ScalingChance = 0,
        Scaling = new(1, 1),
        SameScale = true,
    };

    // "Dummy 2D": the slice axis of a 3D patch, which is not to be treated like the others.
    private static bool IsSliced(AugmentationSettings settings, Configuration configuration) => settings.InPlaneOnly && !configuration.Is2D;

    // The axes of a 2D patch lie behind the one that makes it three.
    private static IEnumerable<SampleTransform> Mirror(AugmentationSettings settings, Configuration configuration) =>
        settings.MirrorAxes.Count == 0 ? [] : [new MirrorTransform([.. settings.MirrorAxes.Select(axis => configuration.Is2D ? axis + 1 : axis)])];

    private static IEnumerable<SampleTransform> Masks(IReadOnlyList<bool> maskChannel)
    {
        int[] flagged = [.. Enumerable.Range(0, maskChannel.Count).Where(channel => maskChannel[channel])];
        return flagged.Length == 0 ? [] : [new MaskTransform(flagged)];
    }

    // Axes of the extent that most axes have, if at least two have one.
    private static IEnumerable<SampleTransform> Rearrangements(VolumeShape patch, bool is2D)
    {
        int[] axes = is2D ? [1, 2] : [0, 1, 2];
        int Alike(int axis) => axes.Count(other => patch[other] == patch[axis]);
        int[] allowed = [.. axes.Where(axis => Alike(axis) == axes.Max(Alike))];
        return axes.Max(Alike) < 2 ? [] : [new QuarterTurnTransform(0.5, allowed), new TransposeTransform(0.5, allowed)];
    }

    // The reference has none for axes of fewer than six voxels; there it is one.
    private static WholeBetween RectangleEdge(int size) => Math.Max(1, size / 10) is var low ? new(low, Math.Max(low, (size / 3) - 1)) : default;
}
