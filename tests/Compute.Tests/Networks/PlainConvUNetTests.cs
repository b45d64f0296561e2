using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks;

[NoTensorLeak]
public class PlainConvUNetTests
{
    [Theory, InlineData("plain2d"), InlineData("plain3d"), InlineData("plain3d_aniso")]
    public void its_state_dict_has_the_references_names_in_its_order(string name)
    {
        var json = SmallNetworks.Json(name);
        using var network = SmallNetworks.Build(name);
        Assert.Equal(json["state_dict"]!.AsArray().Select(NameOf), network.StateNames.Select(n => n.Name));
        Assert.Equal(json["named_parameters"]!.AsArray().Select(NameOf), network.Parameters.Select(p => p.Name));

        static string NameOf(System.Text.Json.Nodes.JsonNode? node) => node is System.Text.Json.Nodes.JsonValue v ? v.GetValue<string>()
            : node is System.Text.Json.Nodes.JsonArray a ? a[0]!.GetValue<string>() : (node!["name"] ?? node["key"])!.GetValue<string>();
    }

    [Theory, InlineData("plain2d"), InlineData("plain3d"), InlineData("plain3d_aniso")]
    public void every_head_gives_what_the_reference_gives(string name)
    {
        var io = new Npz(TestPaths.Golden("f_network", "small", $"{name}_io.npz"));
        using var network = SmallNetworks.Build(name);
        using var noGradient = no_grad();
        using var input = SmallNetworks.Tensor(io["input"]);
        var heads = network.ForwardAll(input);
        for (var i = 0; i < heads.Count; i++)
        {
            Close(io[$"head{i}"].Floats(), SmallNetworks.Values(heads[i]), 1e-4);
            heads[i].Dispose();
        }

        using var full = network.Forward(input);
        Close(io["head0"].Floats(), SmallNetworks.Values(full), 1e-4);
    }

    [Fact]
    public void initial_weights_are_he_normal_and_a_function_of_the_seed()
    {
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with { FeaturesPerStage = [16, 32, 64] };
        using var a = UNet.Build(spec, 1, 3, seed: 5);
        using var b = UNet.Build(spec, 1, 3, seed: 5);
        using var c = UNet.Build(spec, 1, 3, seed: 6);
        var (x, y, z) = (a.Save(), b.Save(), c.Save());
        Assert.All(x.Zip(y), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        Assert.NotEqual(x[0].Values, z[0].Values);
        var weight = x.Single(t => t.Name == "encoder.stages.2.0.convs.1.conv.weight").Values;
        var expected = Math.Sqrt(2 / (1.0001 * 64 * 27));
        Assert.InRange(Math.Sqrt(weight.Average(v => (double)v * v)) / expected, 0.98, 1.02);
        Assert.InRange(weight.Average(v => (double)v) / expected, -0.02, 0.02);
    }

    [Fact]
    public void weights_of_another_shape_are_refused_by_name()
    {
        using var network = SmallNetworks.Build("plain3d");
        var weights = SmallNetworks.Weights("plain3d").ToList();
        weights[0] = weights[0] with { Shape = [1, 1], Values = [0] };
        var error = Assert.Throws<DataException>(() => network.Load(weights, "model.pth"));
        Assert.Contains("model.pth", error.Message);
        Assert.Contains(weights[0].Name, error.Message);
    }

    [Fact]
    public void aliases_and_wrappers_prefixes_are_understood()
    {
        using var network = SmallNetworks.Build("plain2d");
        var weights = SmallNetworks.Weights("plain2d")
            .Select(w => w with { Name = "module._orig_mod." + w.Name.Replace(".conv.", ".all_modules.0.", StringComparison.Ordinal) }).ToList();
        network.Load(weights, "x");
    }

    internal static void Close(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}
