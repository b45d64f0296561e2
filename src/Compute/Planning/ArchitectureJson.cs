using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

/// <summary>Writes the <c>architecture</c> object of a configuration (spec 02 sections 4.3 and 7.1).</summary>
internal static class ArchitectureJson
{
    private const string Library = "dynamic_network_architectures.architectures.";
    private const int MostStages = ArchitectureReading.MostStages, MostFeatures = ArchitectureReading.MostFeatures, MostCount = ArchitectureReading.MostCount;

    /// <summary>The object for a planned network.</summary>
    public static JsonObject Describe(PlannerPreset preset, Topology topology)
    {
        var axes = topology.Patch.Length;
        var stages = Math.Min(topology.Strides.Count, preset.MaximalStages);
        return Build(
            Library + "unet." + preset.NetworkClass, axes, preset.Residual,
            topology.Strides.Take(stages).Select(Ints), topology.Kernels.Take(stages).Select(Ints),
            Enumerable.Range(0, stages).Select(s => preset.Features(s, axes)), Enumerable.Range(0, stages).Select(preset.EncoderCount),
            Enumerable.Repeat(preset.DecoderCount, stages - 1));
    }

    /// <summary>The object that stands for a configuration written before there was one.</summary>
    /// <exception cref="DataException">A key is missing or wrong.</exception>
    public static JsonObject FromLegacy(JsonFields configuration)
    {
        var name = configuration.Text("UNet_class_name");
        var residual = name == ArchitectureSpec.ResidualEncoderUNet;
        if (!residual && name != ArchitectureSpec.PlainConvUNet) throw configuration.Wrong("UNet_class_name", "PlainConvUNet or ResidualEncoderUNet");
        var encoder = configuration.Ints("n_conv_per_stage_encoder", 1, MostCount);
        if (encoder.Count > MostStages) throw configuration.Wrong("n_conv_per_stage_encoder", $"at most {MostStages} stages");
        var (first, most) = (configuration.Int("UNet_base_num_features", 1, MostFeatures), configuration.Int("unet_max_num_features", 1, MostFeatures));
        return Build(
            Library + (residual ? "residual_unet." : "unet.") + name, configuration.List("patch_size").Count, residual,
            Copies("pool_op_kernel_sizes"), Copies("conv_kernel_sizes"),
            Enumerable.Range(0, encoder.Count).Select(s => (int)Math.Min(most, (long)first << s)), encoder,
            configuration.Ints("n_conv_per_stage_decoder", 1, MostCount));

        IEnumerable<JsonNode?> Copies(string key) => configuration.List(key).Select(item => item?.DeepClone());
    }

    /// <summary>The object that a name alone stands for, as plans for pretrained encoders have it (spec 05 section 16); null for all that have arguments.</summary>
    public static JsonFields? Named(JsonFields architecture)
    {
        if (architecture.TextOrNull("network_class_name") != "ResEncL" || architecture.Has("arch_kwargs")) return null;
        const int Stages = 6, Axes = 3;
        return new JsonFields(
            Build(
                Library + "unet." + ArchitectureSpec.ResidualEncoderUNet, Axes, residual: true, Enumerable.Range(0, Stages).Select(s => Ints(Enumerable.Repeat(s == 0 ? 1 : 2, Axes))),
                Enumerable.Range(0, Stages).Select(_ => Ints(Enumerable.Repeat(3, Axes))), [32, 64, 128, 256, 320, 320], [1, 3, 4, 6, 6, 6], Enumerable.Repeat(1, Stages - 1)),
            architecture.File);
    }

    private static JsonObject Build(
        string name, int axes, bool residual, IEnumerable<JsonNode?> strides, IEnumerable<JsonNode?> kernels, IEnumerable<int> features,
        IEnumerable<int> encoder, IEnumerable<int> decoder)
    {
        var width = features.ToArray();
        return new JsonObject
        {
            ["network_class_name"] = name,
            ["arch_kwargs"] = new JsonObject
            {
                ["n_stages"] = width.Length,
                ["features_per_stage"] = Ints(width),
                ["conv_op"] = $"torch.nn.modules.conv.Conv{axes}d",
                ["kernel_sizes"] = new JsonArray([.. kernels]),
                ["strides"] = new JsonArray([.. strides]),
                [residual ? "n_blocks_per_stage" : "n_conv_per_stage"] = Ints(encoder),
                ["n_conv_per_stage_decoder"] = Ints(decoder),
                ["conv_bias"] = true,
                ["norm_op"] = $"torch.nn.modules.instancenorm.InstanceNorm{axes}d",
                ["norm_op_kwargs"] = new JsonObject { ["eps"] = 1e-5, ["affine"] = true },
                ["dropout_op"] = null,
                ["dropout_op_kwargs"] = null,
                ["nonlin"] = "torch.nn.LeakyReLU",
                ["nonlin_kwargs"] = new JsonObject { ["inplace"] = true },
            },
            ["_kw_requires_import"] = new JsonArray("conv_op", "norm_op", "dropout_op", "nonlin"),
        };
    }

    private static JsonNode Ints(int[] values) => Ints((IEnumerable<int>)values);

    private static JsonArray Ints(IEnumerable<int> values) => new([.. values.Select(n => JsonValue.Create(n))]);
}
