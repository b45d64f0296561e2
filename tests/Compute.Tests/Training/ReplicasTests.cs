using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class ReplicasTests
{
    private const int Samples = 5;

    [Theory, InlineData(9, "3 2 2 2"), InlineData(5, "2 1 1 1"), InlineData(4, "1 1 1 1"), InlineData(12, "3 3 3 3")]
    public void a_batch_is_shared_out_as_nnU_Net_shares_it_out(int samples, string shares) => Assert.Equal(shares, string.Join(' ', Replicas.Shares(samples, 4)));

    [Theory]
    [InlineData(2, true, false), InlineData(2, false, false), InlineData(3, true, false), InlineData(5, true, false), InlineData(2, true, true)]
    public void steps_of_several_devices_are_those_of_one(int devices, bool batchDice, bool checkpointing)
    {
        var options = Options with { GradientCheckpointing = checkpointing };
        using var one = Start(options, batchDice);
        using var several = Start(options with { Devices = devices }, batchDice);
        for (var i = 0; i < 3; i++)
        {
            using var batch = SmallNetworks.RandomBatch(i, samples: Samples);
            Assert.Equal(one.Step(batch, i), several.Step(batch, i), 1e-5);
        }

        var (expected, actual) = (one.Snapshot(3, 0, []), several.Snapshot(3, 0, []));
        foreach (var (weight, other) in expected.Weights.Zip(actual.Weights)) UNetTests.Close(weight.Values, other.Values, 1e-5);
        foreach (var (momentum, other) in expected.Momentum().Zip(actual.Momentum())) Assert.Equal(momentum is null, other is null);
    }

    [Fact]
    public void going_on_from_a_snapshot_brings_it_to_every_device()
    {
        using var whole = Start(Options with { Devices = 2 });
        using var before = Start(Options with { Devices = 2 });
        using var after = Start(Options with { Devices = 2, Seed = 99 });
        for (var i = 0; i < 4; i++) Step(whole, i);
        for (var i = 0; i < 2; i++) Step(before, i);
        after.Restore(before.Snapshot(2, 0, []), "snapshot");
        for (var i = 2; i < 4; i++) Step(after, i);
        Assert.All(whole.Snapshot(4, 0, []).Weights.Zip(after.Snapshot(4, 0, []).Weights), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void a_share_that_is_not_finite_changes_nothing_and_leaves_nothing_to_the_next_step()
    {
        using var clean = Start(Options with { Devices = 2 });
        using var struck = Start(Options with { Devices = 2 });
        using (var bad = SmallNetworks.RandomBatch(9, samples: Samples))
        {
            bad.Data.select(0, Samples - 1).fill_(float.NaN).Dispose();
            Assert.Contains("the batch itself", Assert.Throws<NonFiniteLossException>(() => struck.Step(bad, 0)).Message);
        }

        Step(clean, 0);
        Step(struck, 0);
        Assert.All(clean.Snapshot(1, 0, []).Weights.Zip(struck.Snapshot(1, 0, []).Weights), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void what_cannot_be_shared_out_is_refused_by_name()
    {
        Assert.Contains("-num_gpus 6 is more than a batch has samples; give 5 or less", Assert.Throws<UsageException>(() => Start(Options with { Devices = 6 })).Message);
        Assert.Contains("-num_gpus 0 is not allowed", Assert.Throws<UsageException>(() => Start(Options with { Devices = 0 })).Message);
        var normed = SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with { Norm = NormKind.Batch };
        Assert.Contains("batch norm over several devices", Assert.Throws<UsageException>(() => Start(Options with { Devices = 2 }, spec: normed)).Message);
        Assert.Equal(["cpu", "cpu"], Devices.First("cpu", 2));
        Assert.Contains("-num_gpus 2: torch sees 0 here", Assert.Throws<ResourceException>(() => Devices.First("cuda", 2)).Message);
    }

    private static TrainingOptions Options => new() { Epochs = 4, BatchSize = Samples, IterationsPerEpoch = 1, ValidationIterations = 1 };

    private static TrainingSession Start(TrainingOptions options, bool batchDice = true, ArchitectureSpec? spec = null) =>
        new(SmallNetworks.Configuration(spec ?? SmallNetworks.Spec(SmallNetworks.Json("plain3d")), batchDice), SmallNetworks.Labels(2), 1, options, "cpu");

    private static void Step(TrainingSession session, int i)
    {
        using var batch = SmallNetworks.RandomBatch(i, samples: Samples);
        session.Step(batch, i);
    }
}
