using System.Text.Json.Nodes;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Networks;

/// <summary>Networks of nnU-Net's own plans at their full size (golden f): names, order, shapes, aliases and counts.</summary>
[NoTensorLeak]
public class FullSizeNetworkTests
{
    private static readonly Func<JsonNode, string> Text = node => node.GetValue<string>();

    [SharedTheory("golden/f_network/keys_plain_hippocampus_2d.json")]
    [InlineData("plain_hippocampus_2d"), InlineData("plain_hippocampus_3d_fullres"), InlineData("plain_acdc_3d_aniso"), InlineData("plain_prostate_3d_aniso")]
    [InlineData("resencM_hippocampus_2d"), InlineData("resencM_hippocampus_3d_fullres"), InlineData("resencM_prostate_3d_aniso")]
    public void names_order_shapes_aliases_and_counts_are_the_references(string name)
    {
        var json = JsonNode.Parse(File.ReadAllText(TestPaths.SharedPath("golden", "f_network", $"keys_{name}.json")))!.AsObject();
        var (spec, heads) = (SmallNetworks.Spec(json), json["output_channels"]!.GetValue<int>());
        using var network = UNet.Build(spec, json["input_channels"]!.GetValue<int>(), heads, seed: 1);

        var shapes = network.Parameters.ToDictionary(p => p.Name, p => p.Value.shape);
        Assert.Equal(
            json["state_dict"]!.AsArray().Select(n => $"{Text(n!["key"]!)} {string.Join(',', n["shape"]!.AsArray().Select(v => v!.GetValue<long>()))}"),
            network.StateNames.Select(n => $"{n.Name} {string.Join(',', shapes[n.Canonical])}"));
        Assert.Equal(json["named_parameters_order"]!.AsArray().Select(n => Text(n!)), network.Parameters.Select(p => p.Name));
        Assert.Equal(
            json["aliases_same_storage"]!.AsObject().Select(a => (a.Key, Text(a.Value!))).Order(),
            network.StateNames.Where(n => n.Name != n.Canonical).Order());
        Assert.Equal(json["n_parameters"]!.GetValue<long>(), network.Parameters.Sum(p => p.Value.NumberOfElements));

        int[] patch = [.. json["patch_size"]!.AsArray().Select(v => v!.GetValue<int>())];
        Assert.Equal(json["compute_conv_feature_map_size_no_ds"]!.GetValue<long>(), FeatureMaps.Count(spec, heads, patch, deepSupervision: false));
        Assert.Equal(json["compute_conv_feature_map_size_with_ds"]!.GetValue<long>(), FeatureMaps.Count(spec, heads, patch, deepSupervision: true));
    }

    [Fact]
    public void feature_maps_are_counted_as_the_reference_counts_them()
    {
        var plain = Made(ArchitectureSpec.PlainConvUNet, [4, 8, 16], [[1, 1, 1], [1, 2, 2], [2, 2, 2]], [2, 2, 2], [2, 2]);
        var residual = Made(ArchitectureSpec.ResidualEncoderUNet, [4, 8, 8], [[1, 1, 1], [2, 2, 2], [2, 2, 2]], [1, 2, 1], [1, 1]);
        Assert.Equal(142336, FeatureMaps.Count(plain, 3, [16, 16, 16], deepSupervision: true));
        Assert.Equal(125952, FeatureMaps.Count(residual, 3, [16, 16, 16], deepSupervision: true));
    }

    [Theory, InlineData(2, false), InlineData(3, false), InlineData(2, true), InlineData(3, true)]
    public void the_planners_estimate_is_the_count_of_the_network_it_plans(int axes, bool residual)
    {
        var preset = PlannerPreset.ByName(residual ? "nnUNetPlannerResEncM" : "ExperimentPlanner");
        var topology = Topology.Of(Enumerable.Repeat(1.0, axes).ToArray(), Enumerable.Repeat(112.0, axes).ToArray());
        var json = new JsonObject { ["class_name"] = preset.NetworkClass, ["arch_kwargs"] = ArchitectureJson.Describe(preset, topology)["arch_kwargs"]!.DeepClone() };
        Assert.Equal(topology.FeatureMapSize(preset, 3), FeatureMaps.Count(SmallNetworks.Spec(json), 3, topology.Patch, deepSupervision: false));
    }

    private static ArchitectureSpec Made(string name, int[] features, int[][] strides, int[] encoder, int[] decoder) => new()
    {
        NetworkClassName = name,
        Dimensions = 3,
        FeaturesPerStage = features,
        KernelSizes = [[3, 3, 3], [3, 3, 3], [3, 3, 3]],
        Strides = strides,
        EncoderCounts = encoder,
        DecoderCounts = decoder,
    };
}
