using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

/// <summary>
/// Reads the <c>architecture</c> object of a configuration (spec 04 section 8). Class names are matched with a table, never looked up, and an argument that
/// would change the network in a way that is not built here is refused rather than left out.
/// </summary>
internal static class ArchitectureReading
{
    public const int MostStages = 20, MostFeatures = 1 << 16, MostCount = 1000;
    private const int LargestKernel = 1000;

    private static readonly HashSet<string> Known =
    [
        "n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage", "n_blocks_per_stage", "n_conv_per_stage_decoder", "conv_bias",
        "norm_op", "norm_op_kwargs", "dropout_op", "dropout_op_kwargs", "nonlin", "nonlin_kwargs", "stem_channels", "block", "bottleneck_channels", "nonlin_first",
        "deep_supervision", "input_channels", "num_classes",
    ];

    /// <summary>Reads the object.</summary>
    /// <param name="architecture">The fields of it.</param>
    /// <param name="axes">Of the patch.</param>
    /// <exception cref="DataException">A key is missing or wrong, or lists do not fit each other.</exception>
    public static ArchitectureSpec Parse(JsonFields architecture, int axes)
    {
        if (ArchitectureJson.Named(architecture) is { } named) return Parse(named, axes) with { Source = architecture.Node };
        var arguments = architecture.Object("arch_kwargs");
        if (arguments.Node.FirstOrDefault(pair => pair.Value is not null && !Known.Contains(pair.Key)) is { Key: { } unknown })
            throw arguments.Wrong(unknown, "an argument of PlainConvUNet or ResidualEncoderUNet");
        if (!arguments.Text("conv_op").EndsWith($".Conv{axes}d", StringComparison.Ordinal))
            throw arguments.Wrong("conv_op", $"torch.nn.modules.conv.Conv{axes}d, as patch_size has {axes} numbers");
        if (arguments.Has("block") && !arguments.Text("block").EndsWith("BasicBlockD", StringComparison.Ordinal)) throw arguments.Wrong("block", "BasicBlockD");
        if (arguments.Has("bottleneck_channels")) throw arguments.Wrong("bottleneck_channels", "null");
        if (arguments.Flag("nonlin_first", otherwise: false)) throw arguments.Wrong("nonlin_first", "false");

        var stages = Stages(arguments);
        var norm = Arguments(arguments, "norm_op", "eps", "affine", "momentum", "track_running_stats");
        return new ArchitectureSpec
        {
            NetworkClassName = architecture.Text("network_class_name"),
            Dimensions = axes,
            FeaturesPerStage = Counts(arguments, "features_per_stage", stages, MostFeatures),
            KernelSizes = PerAxis(arguments, "kernel_sizes", stages, axes),
            Strides = PerAxis(arguments, "strides", stages, axes),
            EncoderCounts = Counts(arguments, arguments.Has("n_blocks_per_stage") ? "n_blocks_per_stage" : "n_conv_per_stage", stages, MostCount),
            DecoderCounts = Counts(arguments, "n_conv_per_stage_decoder", stages - 1, MostCount),
            ConvBias = arguments.Flag("conv_bias", otherwise: false),
            Norm = Norm(arguments, norm, axes),
            NormEps = norm.Has("eps") ? norm.Number("eps") : 1e-5,
            // What torch takes where nothing is said: batch norm scales and shifts, instance norm does not.
            NormAffine = norm.Flag("affine", otherwise: NormName(arguments)?.Contains("BatchNorm", StringComparison.Ordinal) ?? false),
            NormMomentum = norm.Has("momentum") ? norm.Number("momentum") : 0.1,
            DropoutRate = Dropout(arguments, axes),
            LeakySlope = Slope(arguments),
            StemChannels = arguments.Has("stem_channels") ? arguments.Int("stem_channels", 1, MostFeatures) : null,
            Source = architecture.Node,
        };
    }

    private static int Stages(JsonFields arguments)
    {
        var listed = arguments.Node["features_per_stage"] is JsonArray features ? features.Count : (int?)null;
        if (listed is 0 or > MostStages) throw arguments.Wrong("features_per_stage", $"1 to {MostStages} numbers");
        if (listed is { } count && !arguments.Has("n_stages")) return count;
        var stages = arguments.Int("n_stages", 1, MostStages);
        return listed is null || listed == stages ? stages : throw arguments.Wrong("n_stages", $"the number of features_per_stage, {listed}");
    }

    private static string? NormName(JsonFields arguments) => arguments.TextOrNull("norm_op");

    private static NormKind Norm(JsonFields arguments, JsonFields given, int axes)
    {
        if (NormName(arguments) is not { } name) return NormKind.None;
        if (name.EndsWith($".BatchNorm{axes}d", StringComparison.Ordinal))
            return given.Flag("track_running_stats", otherwise: true) ? NormKind.Batch : throw given.Wrong("track_running_stats", "true for batch norm");
        if (!name.EndsWith($".InstanceNorm{axes}d", StringComparison.Ordinal)) throw arguments.Wrong("norm_op", $"InstanceNorm{axes}d, BatchNorm{axes}d or null");
        return given.Flag("track_running_stats", otherwise: false) ? throw given.Wrong("track_running_stats", "false for instance norm") : NormKind.Instance;
    }

    private static double Dropout(JsonFields arguments, int axes)
    {
        if (arguments.TextOrNull("dropout_op") is not { } name) return 0;
        if (!name.EndsWith($".Dropout{axes}d", StringComparison.Ordinal)) throw arguments.Wrong("dropout_op", $"Dropout{axes}d or null");
        var given = Arguments(arguments, "dropout_op", "p", "inplace");
        var rate = given.Has("p") ? given.Number("p") : 0.5;
        return rate is >= 0 and < 1 ? rate : throw given.Wrong("p", "a number from 0 to below 1");
    }

    private static double Slope(JsonFields arguments)
    {
        var name = arguments.Text("nonlin");
        if (name.EndsWith(".ReLU", StringComparison.Ordinal)) return 0;
        if (!name.EndsWith(".LeakyReLU", StringComparison.Ordinal)) throw arguments.Wrong("nonlin", "torch.nn.LeakyReLU or torch.nn.ReLU");
        var given = Arguments(arguments, "nonlin", "negative_slope", "inplace");
        return given.Has("negative_slope") ? given.Number("negative_slope") : 0.01;
    }

    // The arguments of a class, of which there may be none.
    private static JsonFields Arguments(JsonFields arguments, string @class, params string[] known)
    {
        var key = $"{@class}_kwargs";
        var given = arguments.Has(key) ? arguments.Object(key) : new JsonFields([], arguments.File);
        return given.Node.FirstOrDefault(pair => !known.Contains(pair.Key)) is { Key: { } unknown }
            ? throw given.Wrong(unknown, $"one of {string.Join(", ", known)}")
            : given;
    }

    // One number stands for all axes and all stages (spec 04, trap 10).
    private static IReadOnlyList<IReadOnlyList<int>> PerAxis(JsonFields fields, string key, int stages, int axes)
    {
        var wanted = $"{stages} lists (one a stage) of {axes} numbers from 1 to {LargestKernel}";
        if (fields.Node[key] is JsonValue) return [.. Enumerable.Repeat(Axes(fields.Node[key]), stages)];
        var list = fields.List(key);
        return list.Count == stages ? [.. list.Select(Axes)] : throw fields.Wrong(key, wanted);

        IReadOnlyList<int> Axes(JsonNode? item) =>
            item is JsonArray numbers ? numbers.Count == axes ? [.. numbers.Select(Number)] : throw fields.Wrong(key, wanted) : [.. Enumerable.Repeat(Number(item), axes)];

        int Number(JsonNode? item) => JsonFields.AsInt(item) is { } value and >= 1 and <= LargestKernel ? value : throw fields.Wrong(key, wanted);
    }

    private static IReadOnlyList<int> Counts(JsonFields fields, string key, int stages, int most)
    {
        if (fields.Node[key] is JsonValue) return [.. Enumerable.Repeat(fields.Int(key, 1, most), stages)];
        var counts = fields.Ints(key, 1, most);
        return counts.Count == stages ? counts : throw fields.Wrong(key, $"{stages} numbers");
    }
}
