using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class TrainingSessionTests
{
    private static TrainingOptions Options(int epochs) => new() { Epochs = epochs, BatchSize = 2, IterationsPerEpoch = 1, ValidationIterations = 1 };

    [Fact]
    public void five_steps_end_with_the_references_weights_and_momentum()
    {
        var npz = new Npz(TestPaths.Golden("h_optim", "sgd_noclip.npz"));
        var steps = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("h_optim", "sgd_noclip.json")))!["steps"]!.AsArray();
        using var session = Start(Options(5));
        session.Network.Load(SmallNetworks.Weights("plain3d"), "golden");
        for (var i = 0; i < 5; i++)
        {
            Tensor[] targets = [SmallNetworks.Tensor(npz[$"t{i}_0"], ScalarType.Int16), SmallNetworks.Tensor(npz[$"t{i}_1"], ScalarType.Int16)];
            using var batch = new Batch(default, SmallNetworks.Tensor(npz[$"x{i}"]), targets, []);
            UNetTests.Close([steps[i]!["loss"]!.GetValue<float>()], [(float)session.Step(batch, i)], 1e-5);
        }

        var snapshot = session.Snapshot(5, 0, []);
        foreach (var (weight, momentum) in snapshot.Weights.Zip(snapshot.Momentum()))
        {
            UNetTests.Close(npz[$"after.{weight.Name}"].Floats(), weight.Values, 1e-5);
            Assert.Equal(momentum is null, weight.Name.StartsWith("decoder.seg_layers.0.", StringComparison.Ordinal));
            if (npz.Names.Contains($"momentum.{weight.Name}")) UNetTests.Close(npz[$"momentum.{weight.Name}"].Floats(), momentum!.Values, 1e-5);
            else Assert.Null(momentum);
        }
    }

    [Theory, InlineData(Precision.Fp32), InlineData(Precision.Bf16)]
    public void going_on_from_a_snapshot_equals_never_having_stopped_to_the_bit(Precision precision)
    {
        var options = Options(4) with { Precision = precision };
        using var whole = Start(options);
        for (var i = 0; i < 4; i++) Step(whole, i);
        Assert.NotEqual(0, whole.Snapshot(4, 0, []).Momentum()[0]!.Values[0]);
        using var first = Start(options);
        for (var i = 0; i < 2; i++) Step(first, i);
        var snapshot = first.Snapshot(2, 0, []);
        using var second = Start(options with { Seed = 99 });
        second.Restore(snapshot, "snapshot");
        for (var i = 2; i < 4; i++) Step(second, i);
        Same(whole.Snapshot(4, 0, []), second.Snapshot(4, 0, []));
    }

    [Fact]
    public void a_step_that_is_not_finite_changes_nothing()
    {
        using var session = Start(Options(4));
        Step(session, 0);
        var before = session.Snapshot(0, 1, []);
        using var bad = RandomBatch(1);
        bad.Data.fill_(float.NaN);
        Assert.Contains("first not finite: the batch itself; channel 0 from NaN to NaN", Assert.Throws<NonFiniteLossException>(() => session.Step(bad, 0)).Message);
        var after = session.Snapshot(0, 1, []);
        Same(before, after);
    }

    [Fact]
    public void gradients_that_are_not_finite_change_neither_weights_nor_momentum()
    {
        using var session = Start(Options(4));
        Step(session, 0);
        var before = session.Snapshot(0, 1, []);
        var broken = before.Weights.Select(w => w.Name == "decoder.seg_layers.1.bias" ? w with { Values = [float.PositiveInfinity, 0, 0] } : w);
        session.Network.Load([.. broken], "broken");
        using var batch = RandomBatch(1);
        var error = Assert.Throws<NonFiniteLossException>(() => session.Step(batch, 0));
        Assert.False(double.IsFinite(error.Loss) && double.IsFinite(error.GradientNorm));
        Assert.StartsWith("first not finite: the weight decoder.seg_layers.1.bias; channel 0 from -", error.Where);
        session.Network.Load(before.Weights, "good");
        Same(before, session.Snapshot(0, 1, []));
        Assert.True(double.IsFinite(session.Step(batch, 0)));
    }

    [Fact]
    public void the_same_weights_and_batches_give_the_same_bits()
    {
        using var one = Start(Options(4));
        using var other = Start(Options(4));
        for (var i = 0; i < 3; i++)
        {
            using var batch = RandomBatch(i);
            Assert.Equal(one.Step(batch, i), other.Step(batch, i));
        }

        Same(one.Snapshot(3, 0, []), other.Snapshot(3, 0, []));
    }

    [Fact]
    public void three_steps_leave_no_tensor_behind_but_the_momentum()
    {
        using var session = Start(Options(4));
        using var batch = RandomBatch(0);
        session.Step(batch, 0);
        var alive = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 1; i < 4; i++) session.Step(batch, i);
        Assert.Equal(alive, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var sum = batch.Data.sum();
        Assert.True(float.IsFinite(sum.item<float>()), "the batch is still the caller's");
    }

    [Fact]
    public void a_copy_of_the_weights_takes_memory_that_was_prepared_while_steps_ran()
    {
        // Wide, so that the values are what counts beside the tensors' own objects.
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d"));
        using var session = Start(Options(4), spec with { FeaturesPerStage = [.. spec.FeaturesPerStage.Select(f => 16 * f)] });
        for (var i = 0; i < 3; i++)
        {
            Step(session, i);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var snapshot = session.Snapshot(i, 1, []);
            var took = GC.GetAllocatedBytesForCurrentThread() - before;
            var values = snapshot.Weights.Select(w => w.Values).Concat(snapshot.Momentum().OfType<NamedTensor>().Select(m => m.Values)).ToList();
            Assert.InRange(took, 0, values.Sum(v => (long)v.Length) * sizeof(float) / 4);
            Assert.Equal(values.Count, values.Distinct().Count());
        }
    }

    [Fact]
    public void the_head_that_the_loss_does_not_look_at_is_never_updated()
    {
        using var session = Start(Options(4));
        var before = session.Network.Save();
        for (var i = 0; i < 2; i++) Step(session, i);
        var after = session.Snapshot(2, 0, []);
        for (var i = 0; i < before.Count; i++)
        {
            var lowest = before[i].Name.StartsWith("decoder.seg_layers.0.", StringComparison.Ordinal);
            Assert.Equal(lowest, after.Momentum()[i] is null);
            if (lowest) Assert.Equal(before[i].Values, after.Weights[i].Values);
            else Assert.NotEqual(before[i].Values, after.Weights[i].Values);
        }
    }

    [Fact]
    public void a_snapshot_that_does_not_fit_is_refused_and_nothing_is_replaced()
    {
        using var session = Start(Options(4));
        Step(session, 0);
        var before = session.Snapshot(0, 1, []);
        Step(session, 1);
        var now = session.Snapshot(0, 2, []);
        TrainingSnapshot[] wrong =
        [
            before with { Optimizer = [.. before.Optimizer.Skip(1)] },
            before.WithFirstMomentum(m => m with { Shape = [2], Values = [0, 0] }),
            before.WithFirstMomentum(m => m with { Values = [0, 0] }),
            before with { Weights = [.. before.Weights.Skip(1)] },
        ];
        foreach (var snapshot in wrong) Assert.Contains("run.ckpt", Assert.Throws<DataException>(() => session.Restore(snapshot, "run.ckpt")).Message);
        Same(now, session.Snapshot(0, 2, []));
    }

    private static TrainingSession Start(TrainingOptions options, ArchitectureSpec? spec = null) =>
        new(SmallNetworks.Configuration(spec ?? SmallNetworks.Spec(SmallNetworks.Json("plain3d"))), SmallNetworks.Labels(2), 1, options, "cpu");

    private static void Same(TrainingSnapshot expected, TrainingSnapshot actual)
    {
        Assert.All(expected.Weights.Zip(actual.Weights), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        Assert.All(expected.Momentum().Zip(actual.Momentum()), pair => Assert.Equal(pair.First?.Values, pair.Second?.Values));
    }

    private static void Step(TrainingSession session, int i)
    {
        using var batch = RandomBatch(i);
        session.Step(batch, i);
    }

    private static Batch RandomBatch(int seed) => SmallNetworks.RandomBatch(seed);
}
