using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks;

[NoTensorLeak]
public class GradientCheckpointingTests
{
    [Theory, InlineData("plain2d"), InlineData("plain3d"), InlineData("plain3d_aniso"), InlineData("resenc2d"), InlineData("resenc3d"), InlineData("resenc3d_aniso")]
    public void outputs_and_gradients_are_those_of_the_plain_pass(string name)
    {
        // To the bit, unless three gradients come together, as where a residual stage begins: they are added up in another order.
        var isExact = name.StartsWith("plain", StringComparison.Ordinal);
        foreach (var precision in (Precision[])[Precision.Fp32, Precision.Bf16])
        {
            using var network = SmallNetworks.Build(name);
            network.Precision = precision;
            using var input = SmallNetworks.Tensor(new Npz(TestPaths.Golden("f_network", "small", $"{name}_io.npz"))["input"]);
            AssertSame(network, input, isExact ? 0 : precision == Precision.Fp32 ? 1e-5 : 1e-2);
        }
    }

    [Fact]
    public void dropout_is_the_same_both_times_and_batch_norm_learns_once()
    {
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with { DropoutRate = 0.5, Norm = NormKind.Batch, NormAffine = true, NormMomentum = 0.1 };
        using var network = UNet.Build(spec, 1, 3, seed: 3);
        using var batch = SmallNetworks.RandomBatch(1);
        network.Training = new BatchKey(1, new Fold(2), false, 3, 4);
        AssertSame(network, batch.Data);
        Assert.All(network.Buffers.Where(buffer => buffer.Name.EndsWith("tracked", StringComparison.Ordinal)), counter => Assert.Equal([2], SmallNetworks.Values(counter.Value)));
    }

    [Fact]
    public void a_transformers_blocks_are_recomputed_too()
    {
        var spec = PrimusSpec.Of(PrimusVersion.V1, PrimusSize.S) with { Depth = 3, Width = 36, AttentionHeads = 2 };
        using var network = PrimusNetwork.Build(spec, [16, 16, 16], 1, 3, seed: 3);
        network.Training = new BatchKey(1, new Fold(2), false, 3, 4);
        using var input = randn([2, 1, 16, 16, 16]);
        AssertSame(network, input);
    }

    [Fact]
    public void a_training_is_the_same_with_and_without()
    {
        Assert.Equal(Losses(false), Losses(true));

        static double[] Losses(bool checkpointing)
        {
            using var session = new TrainingSession(
                SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))), SmallNetworks.Labels(2), 1,
                new TrainingOptions { BatchSize = 2, Epochs = 10, GradientCheckpointing = checkpointing }, "cpu");
            return [.. Enumerable.Range(0, 3).Select(i =>
            {
                using var batch = SmallNetworks.RandomBatch(i);
                return session.Step(batch, 0);
            })];
        }
    }

    [Fact]
    public void what_fails_in_the_backward_pass_is_thrown_after_it_and_the_next_pass_is_whole()
    {
        using var scope = NewDisposeScope();
        using var checkpointing = new GradientCheckpointing();
        var weight = ones(3).requires_grad_(true);
        var runs = 0;
        for (var pass = 0; pass < 2; pass++)
        {
            checkpointing.Begin();
            checkpointing.Run(Precision.Fp32, [], [weight], inputs => ++runs == 2 ? throw new InvalidOperationException("no room") : inputs[0] * 2).sum().backward();
            if (pass == 0) Assert.Equal("no room", Assert.Throws<InvalidOperationException>(checkpointing.ThrowIfFailed).Message);
        }

        checkpointing.ThrowIfFailed();
        Assert.Equal([2f, 2f, 2f], SmallNetworks.Values(weight.grad!));
    }

    [Fact]
    public void without_gradients_nothing_is_kept()
    {
        using var network = SmallNetworks.Build("plain3d");
        using var checkpointing = new GradientCheckpointing();
        network.Checkpointing = checkpointing;
        using var noGradient = no_grad();
        using var batch = SmallNetworks.RandomBatch(1);
        using var output = network.Forward(batch.Data);
        Assert.False(output.requires_grad);
    }

    private static void AssertSame(ISegmentationNetwork network, Tensor input, double tolerance = 0)
    {
        var before = network.Save();
        var (plain, plainGradients) = Run(network, input);
        var afterwards = network.Save();
        network.Load(before, "before");
        using (network.Checkpointing = new GradientCheckpointing())
        {
            var (outputs, gradients) = Run(network, input);
            Assert.Equal(plain, outputs);
            Assert.Equal(plainGradients.Length, gradients.Length);
            if (tolerance == 0) Assert.All(plainGradients.Zip(gradients), pair => Assert.Equal(pair.First, pair.Second));
            else Assert.InRange(Distance(plainGradients, gradients), 0, tolerance);
            Assert.All(afterwards.Zip(network.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        }

        // A second time, with what the first left.
        using (network.Checkpointing = new GradientCheckpointing()) Assert.Equal(plainGradients.Length, Run(network, input).Gradients.Length);
    }

    // Of all gradients together: single ones in front of a norm over few voxels are little but rounding.
    private static double Distance(float[]?[] expected, float[]?[] actual)
    {
        Assert.Equal(expected.Select(e => e?.Length), actual.Select(a => a?.Length));
        var (all, others) = (expected.SelectMany(e => e ?? []).ToArray(), actual.SelectMany(a => a ?? []));
        return Math.Sqrt(all.Zip(others, (e, a) => Math.Pow(e - a, 2)).Sum() / all.Sum(e => Math.Pow(e, 2)));
    }

    private static (float[][] Outputs, float[]?[] Gradients) Run(ISegmentationNetwork network, Tensor input)
    {
        using var scope = NewDisposeScope();
        foreach (var (_, parameter) in network.Parameters) parameter.grad = null;
        var heads = network.ForwardAll(input);
        // As in training, the last output has no part in the loss.
        var used = heads.Take(Math.Max(1, heads.Count - 1));
        used.Select(head => (head * head).mean()).Aggregate((a, b) => a + b).backward();
        var gradients = network.Parameters.Select(p => p.Value.grad is { } gradient ? SmallNetworks.Values(gradient) : null).ToArray();
        foreach (var (_, parameter) in network.Parameters) parameter.grad = null;
        return ([.. heads.Select(SmallNetworks.Values)], gradients);
    }
}
