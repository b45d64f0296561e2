using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks.Primus;

[NoTensorLeak]
public class PrimusNetworkTests
{
    private static readonly BatchKey Step = new(7, new Fold(0), false, 3, 5);

    [Fact]
    public void the_forward_pass_is_that_of_plain_loops_in_double()
    {
        using var scope = NewDisposeScope();
        using var network = SmallPrimus.Build(PrimusVersion.V1);
        var input = SmallPrimus.NoiseTensor(8, 4, 1, 2, 16, 24, 8);
        var expected = new PlainPrimus(network.Spec, SmallPrimus.Patch, 2, network.Save()).Forward(Array.ConvertAll(SmallNetworks.Values(input), v => (double)v));
        var actual = SmallNetworks.Values(network.Forward(input));
        Assert.True(expected.Max(Math.Abs) > 0.3, "there is something to compare");
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5);
    }

    [Theory, InlineData(PrimusVersion.V1), InlineData(PrimusVersion.V2), InlineData(PrimusVersion.V3)]
    public void logits_have_the_inputs_size_and_every_parameter_a_finite_gradient(PrimusVersion version)
    {
        using var scope = NewDisposeScope();
        using var network = PrimusNetwork.Build(SmallPrimus.Spec(version), [24, 16, 8], 1, 5, seed: 3);
        network.Training = Step;
        var output = Assert.Single(network.ForwardAll(SmallPrimus.NoiseTensor(8, 4, 2, 1, 24, 16, 8)));
        Assert.Equal([2, 5, 24, 16, 8], output.shape);
        output.square().mean().backward();
        Assert.All(network.Parameters, p => Assert.All(SmallNetworks.Values(p.Value.grad!), v => Assert.True(float.IsFinite(v), p.Name)));
    }

    [Fact]
    public void other_patches_and_channels_than_it_was_built_for_are_refused()
    {
        using var scope = NewDisposeScope();
        using var network = SmallPrimus.Build(PrimusVersion.V1);
        foreach (var (shape, word) in ((long[], string)[])[([1, 2, 24, 16, 8], "built for"), ([1, 1, 16, 24, 8], "2 channels"), ([1, 2, 16, 24], "built for")])
            Assert.Contains(word, Assert.Throws<ArgumentException>(() => network.Forward(zeros(shape))).Message);
    }

    [Fact]
    public void what_cannot_be_built_is_refused_in_plain_words()
    {
        var spec = SmallPrimus.Spec(PrimusVersion.V2);
        (PrimusSpec Spec, int[] Patch, string Word)[] wrong =
        [
            (spec, [16, 20, 8], "multiple of 8"),
            (spec, [16, 16], "axes"),
            (spec, [8, 8, 8], "single token"),
            (spec with { AttentionHeads = 3 }, [16, 16, 8], "multiple of 6"),
            (spec with { AttentionHeads = 0 }, [16, 16, 8], "heads"),
            (spec with { Width = 1 << 20 }, [16, 16, 8], "blocks"),
            (spec with { DropPath = 1 }, [16, 16, 8], "drop path"),
            (spec with { EmbeddingWidths = [3] }, [16, 16, 8], "widths"),
            (spec with { Depth = 16000, Width = 4800, AttentionHeads = 2 }, [16, 16, 8], "weights"),
            (spec, [8000, 8000, 8000], "weights"),
        ];
        foreach (var (made, patch, word) in wrong)
            Assert.Contains(word, Assert.Throws<DataException>(() => PrimusNetwork.Build(made, patch, 1, 3, seed: 1)).Message);
        Assert.Contains("channels", Assert.Throws<DataException>(() => PrimusNetwork.Build(spec, [16, 16, 8], 0, 3, seed: 1)).Message);
    }

    [Fact]
    public void first_weights_are_normal_and_those_that_end_a_branch_smaller_block_by_block()
    {
        using var network = PrimusNetwork.Build(SmallPrimus.Spec(PrimusVersion.V3) with { Width = 96, Depth = 3 }, [64, 64, 64], 1, 3, seed: 5);
        var values = network.Save().ToDictionary(t => t.Name, t => t.Values);
        (string Name, double Deviation)[] normal =
        [
            ("eva.pos_embed", 0.02),
            ("eva.blocks.1.attn.q_proj.weight", 0.02),
            ("eva.blocks.2.mlp.fc1_g.weight", 0.02),
            ("eva.blocks.0.attn.proj.weight", 0.02 / Math.Sqrt(2)),
            ("eva.blocks.2.mlp.fc2.weight", 0.02 / Math.Sqrt(6)),
            ("up_projection.decode.0.0.weight", Math.Sqrt(2 / (1.0001 * 40 * 8))),
            ("down_projection.proj_to_tokens.0.weight", Math.Sqrt(2 / (1.0001 * 3 * 512))),
        ];
        foreach (var (name, deviation) in normal)
        {
            Assert.InRange(Math.Sqrt(values[name].Average(v => (double)v * v)) / deviation, 0.95, 1.05);
            Assert.InRange(values[name].Average() / deviation, -0.05, 0.05);
        }

        Assert.All(values["eva.blocks.1.gamma_2"], v => Assert.Equal(0.1f, v));
        Assert.All(values["mask_token"], v => Assert.Equal(0, v));
        Assert.All(values["down_projection.stages.2.blocks.0.conv2.norm.weight"], v => Assert.Equal(1, v));
        Assert.Equal([1e-5f], values["down_projection.scale_proj_to_tokens.1"]);
        Assert.All(values.Where(v => v.Key.EndsWith(".bias", StringComparison.Ordinal)), pair => Assert.All(pair.Value, v => Assert.Equal(0, v)));
    }

    [Fact]
    public void first_weights_are_a_function_of_the_seed()
    {
        using var one = PrimusNetwork.Build(SmallPrimus.Spec(PrimusVersion.V1), SmallPrimus.Patch, 1, 3, seed: 5);
        using var same = PrimusNetwork.Build(SmallPrimus.Spec(PrimusVersion.V1) with { Depth = 4 }, SmallPrimus.Patch, 1, 3, seed: 5);
        using var other = PrimusNetwork.Build(SmallPrimus.Spec(PrimusVersion.V1), SmallPrimus.Patch, 1, 3, seed: 6);
        var values = same.Save().ToDictionary(t => t.Name, t => t.Values);
        Assert.All(one.Save(), t => Assert.Equal(values[t.Name], t.Values));
        Assert.NotEqual(one.Save().Single(t => t.Name == "eva.pos_embed").Values, other.Save().Single(t => t.Name == "eva.pos_embed").Values);
    }

    [Fact]
    public void blocks_are_left_out_more_often_the_later_they_come_and_never_in_prediction()
    {
        using var scope = NewDisposeScope();
        using var network = PrimusNetwork.Build(SmallPrimus.Spec(PrimusVersion.V1) with { DropPath = 0.5 }, SmallPrimus.Patch, 2, 3, seed: 5);
        var input = SmallPrimus.NoiseTensor(8, 4, 2, 2, 16, 24, 8);
        var still = SmallNetworks.Values(network.Forward(input));
        var seen = new HashSet<string>();
        for (var i = 0; i < 40; i++)
        {
            network.Training = Step with { Index = i };
            var (first, again) = (SmallNetworks.Values(network.Forward(input)), SmallNetworks.Values(network.Forward(input)));
            Assert.Equal(first, again);
            seen.Add(string.Join(',', first.Take(4)));
        }

        // Per sample the second block's branches stay with probability 3/4 each and the last one's with 1/2: 16 ways.
        Assert.InRange(seen.Count, 8, 16);
        network.Training = null;
        Assert.Equal(still, SmallNetworks.Values(network.Forward(input)));
    }

    [Theory, InlineData(PrimusVersion.V1), InlineData(PrimusVersion.V3)]
    public void weights_come_back_from_a_checkpoint_to_the_bit_with_what_is_no_parameter(PrimusVersion version)
    {
        using var folder = new TemporaryFolder();
        using var network = SmallPrimus.Build(version);
        var masked = network.Save()[0] with { Values = [.. Enumerable.Range(0, 24).Select(i => i / 7f)] };
        network.Load([masked, .. network.Save().Skip(1)], "masked");
        var state = network.Save();
        NamedTensor[] weights = [.. state.Where(t => !ParameterNames.IsBuffer(t.Name))], buffers = [.. state.Where(t => ParameterNames.IsBuffer(t.Name))];
        Assert.Equal(["mask_token"], buffers.Select(t => t.Name));
        Assert.Equal(network.Parameters.Select(p => p.Name), weights.Select(t => t.Name));
        CheckpointFile.Write(folder.File("c.pth"), SampleCheckpoint.Make() with { Weights = weights, Buffers = buffers, StateNames = network.StateNames, Optimizer = null });

        var read = CheckpointFile.Read(folder.File("c.pth"));
        Assert.Equal(network.StateNames, read.StateNames);
        using var other = PrimusNetwork.Build(SmallPrimus.Spec(version), SmallPrimus.Patch, 2, 3, seed: 9);
        other.Load([.. read.Weights, .. read.Buffers], "c.pth");
        Assert.All(state.Zip(other.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Theory, InlineData(PrimusVersion.V1), InlineData(PrimusVersion.V2), InlineData(PrimusVersion.V3)]
    public void names_that_stand_for_different_weights_stay_different(PrimusVersion version)
    {
        var state = new PrimusParts(PrimusSpec.Of(version, PrimusSize.S), [32, 32, 32], 1, 3).State.ToList();
        Assert.All(state, entry => Assert.Equal(entry.Tensor.Name, ParameterNames.Canonical(entry.Name)));
        Assert.Equal(state.Select(entry => entry.Tensor).Distinct().Count(), state.Select(entry => ParameterNames.Canonical(entry.Name)).Distinct().Count());
        Assert.Equal(["mask_token"], state.Where(entry => ParameterNames.IsBuffer(entry.Name)).Select(entry => entry.Name));
    }

    [Fact]
    public void prediction_leaves_no_tensor_but_its_result()
    {
        using var network = SmallPrimus.Build(PrimusVersion.V3);
        using var input = SmallPrimus.NoiseTensor(8, 4, 1, 2, 16, 24, 8);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var output = network.Forward(input);
        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
