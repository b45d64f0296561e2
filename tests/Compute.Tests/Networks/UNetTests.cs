using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks;

[NoTensorLeak]
public class UNetTests
{
    [Theory, InlineData("plain2d"), InlineData("plain3d"), InlineData("plain3d_aniso"), InlineData("resenc2d"), InlineData("resenc3d"), InlineData("resenc3d_aniso")]
    public void its_state_dict_has_the_references_names_in_its_order(string name)
    {
        var json = SmallNetworks.Json(name);
        using var network = SmallNetworks.Build(name);
        Assert.Equal(json["state_dict"]!.AsArray().Select(n => n!["key"]!.GetValue<string>()), network.StateNames.Select(n => n.Name));
        Assert.Equal(json["named_parameters"]!.AsArray().Select(n => n!.GetValue<string>()), network.Parameters.Select(p => p.Name));
        Assert.Equal(
            json["aliases_same_storage"]!.AsObject().Select(a => (a.Key, a.Value!.GetValue<string>())).Order(),
            network.StateNames.Where(n => n.Name != n.Canonical).Order());
    }

    [Theory, InlineData("plain2d"), InlineData("plain3d"), InlineData("plain3d_aniso"), InlineData("resenc2d"), InlineData("resenc3d"), InlineData("resenc3d_aniso")]
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

    [Theory, InlineData("plain2d"), InlineData("plain3d"), InlineData("resenc2d")]
    public void gradients_are_the_references(string name) => CheckGradients(name, new Npz(TestPaths.Golden("f_network", "small", $"{name}_grads.npz")));

    [SharedTheory("golden/f_network/small/plain3d_aniso_grads.npz")]
    [InlineData("plain3d_aniso"), InlineData("resenc3d"), InlineData("resenc3d_aniso")]
    public void gradients_through_larger_networks_are_the_references(string name) =>
        CheckGradients(name, new Npz(TestPaths.SharedPath("golden", "f_network", "small", $"{name}_grads.npz")));

    [Fact]
    public void biases_begin_at_zero_norms_as_the_identity_and_transposed_convolutions_by_their_output_width()
    {
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with { FeaturesPerStage = [16, 32, 128] };
        using var network = UNet.Build(spec, 1, 3, seed: 5);
        foreach (var tensor in network.Save())
        {
            if (tensor.Name.EndsWith("bias", StringComparison.Ordinal)) Assert.All(tensor.Values, v => Assert.Equal(0, v));
            if (tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal)) Assert.All(tensor.Values, v => Assert.Equal(1, v));
        }

        var up = network.Save().Single(t => t.Name == "decoder.transpconvs.0.weight");
        var sigma = Math.Sqrt(2 / (1.0001 * 32 * up.Shape.Skip(2).Aggregate(1L, (a, b) => a * b)));
        Assert.InRange(Math.Sqrt(up.Values.Average(v => (double)v * v)) / sigma, 0.98, 1.02);
    }

    [Fact]
    public void a_parameter_starts_the_same_whatever_else_the_network_holds()
    {
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d"));
        using var one = UNet.Build(spec, 1, 3, seed: 5);
        using var other = UNet.Build(spec with { DecoderCounts = [1, 1] }, 1, 5, seed: 5);
        var same = one.Save().Join(other.Save(), t => t.Name, t => t.Name, (a, b) => (a, b))
            .Where(p => p.a.Name.StartsWith("encoder", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(same);
        Assert.All(same, pair => Assert.Equal(pair.a.Values, pair.b.Values));
        var (first, second) = (one.Save()[0].Values, one.Save().Single(t => t.Name == "encoder.stages.0.0.convs.1.conv.weight").Values);
        Assert.NotEqual(first, second.Take(first.Length));
    }

    [Theory, InlineData(2), InlineData(3)]
    public void any_stages_widths_and_uneven_strides_give_one_output_a_decoder_stage(int dimensions)
    {
        int[][] kernels = [[1, 3, 3], [3, 3, 3], [3, 5, 3], [3, 3, 3]];
        int[][] strides = [[1, 1, 1], [1, 2, 2], [2, 2, 1], [2, 1, 2]];
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with
        {
            Dimensions = dimensions,
            FeaturesPerStage = [3, 5, 6, 7],
            KernelSizes = [.. kernels.Select(k => k[^dimensions..])],
            Strides = [.. strides.Select(k => k[^dimensions..])],
            EncoderCounts = [1, 2, 3, 1],
            DecoderCounts = [2, 1, 3],
        };
        using var scope = NewDisposeScope();
        using var network = UNet.Build(spec, 2, 4, seed: 1);
        long[][] sizes = [[8, 8, 12], [8, 4, 6], [4, 2, 6]];
        var outputs = network.ForwardAll(zeros([2, 2, .. sizes[0][^dimensions..]]));
        Assert.Equal(sizes.Select(s => (long[])[2, 4, .. s[^dimensions..]]), outputs.Select(o => o.shape));
        Assert.Equal(16 * 7 + 8 * 6 + 4 * 3, network.StateNames.Count);
        Assert.Equal(4 * 7 + 4 * 6 + 4 * 3, network.Parameters.Count);
    }

    [Fact]
    public void architectures_that_cannot_be_built_are_refused_in_plain_words()
    {
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d"));
        (ArchitectureSpec Spec, string Word)[] wrong =
        [
            (spec with { NetworkClassName = "somewhere.TransformerNet" }, "TransformerNet"),
            (spec with { FeaturesPerStage = [4] }, "n_stages"),
            (spec with { KernelSizes = [[3, 3, 3]] }, "kernel_sizes"),
            (spec with { KernelSizes = [[3, 3, 3], [3, 2, 3], [3, 3, 3]] }, "kernel_sizes"),
            (spec with { Strides = [[1, 1], [2, 2], [2, 2]] }, "strides"),
            (spec with { FeaturesPerStage = [4, 0, 8] }, "features_per_stage"),
            (spec with { DecoderCounts = [2] }, "n_conv_per_stage_decoder"),
            (spec with { FeaturesPerStage = [4, 8, int.MaxValue] }, "weights"),
            (spec with { EncoderCounts = [2, int.MaxValue, 2] }, "weights"),
        ];
        foreach (var (architecture, word) in wrong)
            Assert.Contains(word, Assert.Throws<DataException>(() => UNet.Build(architecture, 1, 3, seed: 1)).Message);
    }

    private static void CheckGradients(string name, Npz expected)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build(name);
        var heads = network.ForwardAll(SmallNetworks.Tensor(new Npz(TestPaths.Golden("f_network", "small", $"{name}_io.npz"))["input"]));
        var scalar = zeros(1);
        for (var i = 0; i < heads.Count; i++) scalar += (heads[i] * SmallNetworks.Tensor(expected[$"w{i}"])).mean();
        scalar.backward();
        foreach (var (parameter, value) in network.Parameters)
        {
            var wanted = expected[$"grad.{parameter}"].Floats();
            // A bias in front of a norm has no gradient but rounding: compare with the size of gradients as such.
            Close(wanted, SmallNetworks.Values(value.grad!), 1e-5);
            if (!parameter.EndsWith("conv.bias", StringComparison.Ordinal)) CloseRelative(wanted, SmallNetworks.Values(value.grad!), 1e-4);
        }
    }

    internal static void CloseRelative(float[] expected, float[] actual, double tolerance)
    {
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance * scale);
    }

    internal static void Close(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}
