using System.Globalization;
using System.Text.RegularExpressions;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;
using ActorSeg.Compute.Augmentation.Transforms;

namespace ActorSeg.Compute.Tests.Augmentation;

/// <summary>Our plans in the words in which the reference prints its transforms, every parameter of theirs included: what is not ours to choose stands there as a constant.</summary>
internal static partial class ReferenceNotation
{
    public static IEnumerable<string> Of(AugmentationPlan plan, bool is2D)
    {
        if (plan.Spatial is { } spatial)
        {
            var sliced = spatial.InPlaneOnly && !is2D;
            if (sliced) yield return "Convert3DTo2DTransform( )";
            yield return Spatial(spatial);
            if (sliced) yield return "Convert2DTo3DTransform( )";
        }

        foreach (var transform in plan.Transforms) yield return Row(transform, plan, is2D);
        if (plan.Targets.Regions.Count > 0)
        {
            var regions = plan.Targets.Regions.Select(region => $"tensor([{string.Join(", ", region)}])");
            yield return $"ConvertSegmentationToRegionsTransform( regions = [{string.Join(", ", regions)}], channel_in_seg = 0 )";
        }

        var scales = plan.Targets.Outputs.Select(to => Axes(to, is2D).Zip(Axes(plan.Settings.Patch, is2D), (t, p) => (double)t / p));
        yield return $"DownsampleSegForDSTransform( ds_scales = [{string.Join(", ", scales.Select(s => $"[{string.Join(", ", s.Select(N))}]"))}] )";
    }

    /// <summary>Spaces, decimals that are none and the names of numpy's and torch's types do not count.</summary>
    public static string Normalized(string line) =>
        Decimals().Replace(Types().Replace(Spaces().Replace(line, " "), "$1"), "$1");

    private static string Spatial(SpatialReader s) =>
        $"SpatialTransform( patch_size = [{string.Join(", ", Axes(s.Patch, s.InPlaneOnly))}], "
        + $"patch_center_dist_from_border = [{string.Join(", ", Axes(s.Patch, s.InPlaneOnly).Select(_ => 0))}], random_crop = False, p_elastic_deform = 0, "
        + "elastic_deform_scale = (0, 0.2), elastic_deform_magnitude = (0, 0.2), "
        + $"p_rotation = {N(s.RotationChance)}, rotation = {Range(s.Rotation)}, p_rot_per_axis = {N(s.AxisChance)}, p_scaling = {N(s.ScalingChance)}, "
        + $"scaling = {Range(s.Scaling)}, p_synchronize_scaling_across_axes = {(s.SameScale ? 1 : 0)}, p_synchronize_def_scale_across_axes = 0, "
        + $"bg_style_seg_sampling = False, mode_seg = {Mode(s.Labels)}, border_mode_seg = 'constant', center_deformation = True, mode_image = {Mode(s.Image)}, "
        + "padding_mode_image = 'zeros', padding_value_seg = -1, padding_value_image = 0, align_corners = False, _grid_cache = {} )";

    private static string Row(SampleTransform transform, AugmentationPlan plan, bool is2D) => transform switch
    {
        NoiseTransform t => Random(t, $"GaussianNoiseTransform( noise_variance = {Range(t.Sigma)}, p_per_channel = 1, synchronize_channels = True )"),
        BlurTransform t => Random(t,
            $"GaussianBlurTransform( blur_sigma = {Range(t.Sigma)}, benchmark = True, synchronize_channels = False, synchronize_axes = {t.SameForAxes}, "
            + $"p_per_channel = {N(t.ChannelChance)}, benchmark_use_fft = {{}}, benchmark_num_runs = 9 )"),
        BrightnessTransform t => Random(t,
            $"MultiplicativeBrightnessTransform( multiplier_range = {Around(t.Factor)}, synchronize_channels = False, p_per_channel = 1 )"),
        ContrastTransform t => Random(t,
            $"ContrastTransform( contrast_range = {Around(t.Factor)}, preserve_range = {t.KeepRange}, synchronize_channels = False, p_per_channel = {N(t.ChannelChance)} )"),
        LowResolutionTransform t => Random(t,
            $"SimulateLowResolutionTransform( scale = {Range(t.Scale)}, synchronize_channels = False, synchronize_axes = True, "
            + $"ignore_axes = {(t.InPlaneOnly ? "(0,)" : "None")}, allowed_channels = None, p_per_channel = {N(t.ChannelChance)}, "
            + "upmodes = {1: 'linear', 2: 'bilinear', 3: 'trilinear'} )"),
        GammaTransform t => Random(t,
            $"GammaTransform( gamma = {Around(t.Gamma)}, p_invert_image = {(t.Inverted ? 1 : 0)}, synchronize_channels = False, p_per_channel = 1, p_retain_stats = 1 )"),
        MirrorTransform t => $"MirrorTransform( allowed_axes = ({string.Join(", ", t.Axes.Select(axis => is2D ? axis - 1 : axis))}) )",
        MaskTransform t => $"MaskImageTransform( apply_to_channels = [{string.Join(", ", t.ChannelsToMask)}], channel_idx_in_seg = 0, set_outside_to = 0 )",
        RemoveLabelTransform => "RemoveLabelTransform( segmentation_channels = None, label_value = -1, set_to = 0 )",
        PreviousStageTransform t =>
            $"MoveSegAsOneHotToDataTransform( source_channel_idx = 1, all_labels = [{string.Join(", ", t.Labels)}], remove_channel_from_source = True )",
        BinaryOperatorTransform t => Random(t,
            $"ApplyRandomBinaryOperatorTransform( channel_idx = {Last(plan)}, any_of_these = ({string.Join(", ", Operators)}), strel_size = {Range(t.Radius)}, "
            + $"p_per_label = {N(t.LabelChance)} )"),
        RemoveComponentTransform t => Random(t,
            $"RemoveRandomConnectedComponentFromOneHotEncodingTransform( channel_idx = {Last(plan)}, fill_with_other_class_p = {N(t.FillChance)}, "
            + $"dont_do_if_covers_more_than_x_percent = {N(t.LargestPart)}, p_per_label = {N(t.LabelChance)} )"),
        _ => throw new ArgumentException($"{transform} is not one that the reference lists", nameof(transform)),
    };

    private static IEnumerable<string> Operators => Enum.GetNames<BinaryOperator>().Select(name => $"<function binary_{name.ToLowerInvariant()}_torch>");

    private static string Random(SampleTransform transform, string inner) => $"RandomTransform(p={N(transform.Chance)}, transform={inner})";

    private static string Range(Between range) => $"({N(range.Low)}, {N(range.High)})";

    private static string Around(AroundOne range) => $"BGContrast(contrast_range=({N(range.Low)}, {N(range.High)}))";

    private static string Mode(Interpolation mode) => mode == Interpolation.Linear ? "'bilinear'" : "'nearest'";

    private static string Last(AugmentationPlan plan) =>
        $"[{string.Join(", ", Enumerable.Range(-plan.PreviousLabels.Count, plan.PreviousLabels.Count))}]";

    private static int[] Axes(VolumeShape shape, bool planar) => planar ? [shape.Y, shape.X] : shape.ToArray();

    private static string N(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"np\.(?:int64|float64)\(([^)]*)\)")]
    private static partial Regex Types();

    [GeneratedRegex(@"(\d)\.0?(?=[,\]) ])")]
    private static partial Regex Decimals();
}
