using System.Text.Json.Nodes;
using static ActorSeg.Compute.Planning.PlanReasons;

namespace ActorSeg.Compute.Planning;

/// <summary>The planner's rules in words, each with the numbers it met (spec 02 sections 3 to 6). Nothing is decided here.</summary>
internal static class PlanRules
{
    /// <summary>The order of axes.</summary>
    public static void Transposition(PlanReasons reasons, double[] spacing, int[] forward, bool suppressed) => reasons.Add(
        "", "transpose_forward",
        suppressed ? "the reader's axis order is kept, as asked"
            : forward[0] == 0 ? $"the first axis is the coarsest ({Text(spacing)} mm), so the axes stay in their order"
            : $"axis {forward[0]} is the coarsest ({Text(spacing)} mm) and comes first",
        ("target_spacing_in_reader_order", List(spacing)));

    /// <summary>The target spacing.</summary>
    public static string Spacing(double[] median, double[] shape, int worst, double inPlane, double[] target, int cases) =>
        target[worst] != median[worst]
            ? $"median over {cases} cases is {Text(median)} mm; axis {worst} is more than 3 times as coarse as the others ({Text(inPlane)} mm) and has less than a third of "
              + $"their voxels ({Text(shape)}), so the 10th percentile of its spacings is taken: {Text(target[worst])} mm"
            : $"median over {cases} cases; axis {worst} is {(median[worst] > 3 * inPlane ? "more than 3 times as coarse, but has enough voxels" : "not 3 times as coarse as the others")} "
              + $"({Text(median)} mm, {Text(shape)} voxels)";

    /// <summary>Patch, network depth and batch of a configuration.</summary>
    public static void Configuration(PlanReasons reasons, string name, Sizing s)
    {
        var axes = s.Spacing.Length;
        var gigabytes = $"{Text(s.ReferenceBudget)} values at {Text(s.ReferenceGb)} GB x {Text(s.TargetGb)} / {Text(s.ReferenceGb)} GB";
        reasons.Add(name, "patch_size",
            $"{(axes == 2 ? "a square of 2048 pixels" : "a cube of 256 voxels an edge")} in the proportions of the spacing, cut to the median image ({Text(s.Median)}), is {Text(s.Initial)}; "
            + $"padded so that all poolings divide it: {Text(s.Padded)}; "
            + (s.Reductions == 0 ? $"its feature maps ({Text(s.Estimate)} values) fit the budget of {Text(s.Budget)}"
                : $"made smaller {s.Reductions} times, each time the axis that is longest in proportion to the image, until its feature maps ({Text(s.Estimate)} values) fit the budget of {Text(s.Budget)}")
            + $" ({gigabytes}{(s.Tolerance < 1 ? $"; this planner lets 2D grow {Text(1 / s.Tolerance)} times beyond it" : "")})",
            ("initial", List(s.Initial)), ("padded", List(s.Padded)), ("reductions", s.Reductions), ("feature_maps", s.Estimate), ("budget", s.Budget));
        reasons.Add(name, "batch_size",
            s.GivenBatch is { } given ? $"given as {given}, in place of the planned one"
                : $"the budget takes {Text(s.Fitting)} patches ({Text(s.Budget)} / {Text(s.Estimate)} x {s.ReferenceBatch}); {Text(100 * s.Covered)} % of the data set's voxels are {Text(s.Covering)} patches; "
                  + $"the smaller of both, at least {s.MinimalBatch}",
            ("fits_budget", s.Fitting), ("covers_data_set", s.Covering), ("minimum", s.MinimalBatch));
        reasons.Add(name, "architecture",
            $"{s.Topology.Strides.Count} stages: an axis is halved while it keeps 4 voxels or more and its spacing is within a factor of 2 of the finest ({Text(s.Topology.Divisors.Select(d => Math.Log2(d)))} "
            + $"times); a kernel is 1 along an axis until its spacing is within that factor; features begin with {s.Features.First} and double up to {s.Features.Most}",
            ("poolings", List(s.Topology.Divisors.Select(d => Math.Log2(d)))), ("most_features", s.Features.Most));
    }

    /// <summary>Normalisation and its mask.</summary>
    public static void Normalisation(PlanReasons reasons, string name, IReadOnlyList<string> channels, IReadOnlyList<string> schemes, double relativeSize)
    {
        reasons.Add(name, "normalization_schemes",
            "by channel name: " + string.Join("; ", channels.Zip(schemes, (channel, scheme) => $"{channel} gives {scheme}")),
            ("channel_names", new JsonArray([.. channels.Select(c => JsonValue.Create(c))])));
        reasons.Add(name, "use_mask_for_norm",
            $"the crop to non-zero leaves {Text(relativeSize)} of an image (median); {(relativeSize < Normalization.MaskThreshold ? "below" : "not below")} {Text(Normalization.MaskThreshold)}, so "
            + (relativeSize < Normalization.MaskThreshold ? "normalisations that can do so look at the non-zero part alone" : "all voxels count"),
            ("median_relative_size_after_cropping", relativeSize));
    }

    /// <summary>Whether there is a low resolution, and how coarse.</summary>
    public static void Lowres(PlanReasons reasons, double firstRatio, int steps, double[] spacing, double voxelRatio, bool kept)
    {
        var covers = $"a patch of 3d_fullres covers {Text(100 * firstRatio)} % of the median image";
        var text = steps == 0 ? $"{covers}, 25 % or more: no 3d_lowres and no cascade"
            : kept ? $"{covers}, less than 25 %: the spacing is made coarser {steps} times by 3 %, finest axes first, until one covers 25 %: {Text(spacing)} mm"
            : $"{covers}, less than 25 %, but the coarser image would have less than half the voxels saved (factor {Text(voxelRatio)}): no 3d_lowres and no cascade";
        reasons.Add("", "configurations", text, ("patch_covers", firstRatio), ("steps", steps), ("voxels_fullres_over_lowres", voxelRatio));
        if (kept) reasons.Add("3d_lowres", "spacing", text, ("steps", steps));
    }

    /// <summary>Whether Dice is computed over the batch.</summary>
    public static void BatchDice(PlanReasons reasons, string name, bool value) => reasons.Add(
        name, "batch_dice",
        name == "2d" ? "always for 2d: a slice may hold little of a class"
            : name == "3d_lowres" ? "never for the low resolution, whose patches see most of an image"
            : value ? "with a 3d_lowres beside it, a patch sees too little of an image to score a class by itself" : "without a 3d_lowres, a patch sees enough of an image");
}

/// <summary>What the sizing of a configuration went through.</summary>
internal sealed record Sizing(double[] Spacing, double[] Median, double[] Initial, Topology Topology)
{
    public required double[] Padded { get; init; }

    public required int Reductions { get; init; }

    public required long Estimate { get; init; }

    public required double Budget { get; init; }

    public required double ReferenceBudget { get; init; }

    public required double ReferenceGb { get; init; }

    public required double TargetGb { get; init; }

    public required double Tolerance { get; init; }

    public required int ReferenceBatch { get; init; }

    public required double Fitting { get; init; }

    public required double Covering { get; init; }

    public required double Covered { get; init; }

    public required int MinimalBatch { get; init; }

    public required int? GivenBatch { get; init; }

    public required (int First, int Most) Features { get; init; }
}
