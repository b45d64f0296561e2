using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class OnlineValidationTests
{
    [Theory, InlineData("dc_ce_batchdice0", null, ""), InlineData("dc_ce_ignore_batchdice0", 3, "_mask")]
    public void counts_are_the_references(string targets, int? ignore, string suffix)
    {
        using var scope = NewDisposeScope();
        var logits = SmallNetworks.Tensor(new Npz(TestPaths.Golden("g_loss", "dc_ce_batchdice0.npz"))["logits0"]);
        var dice = new PooledDice(SmallNetworks.Labels(2, ignore));
        dice.Add(logits, SmallNetworks.Tensor(new Npz(TestPaths.Golden("g_loss", $"{targets}.npz"))["target0"], ScalarType.Int16));
        var step = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("g_loss", "losses.json")))!["validation_step"]!;
        var (tp, fp, fn) = (Counts($"tp{suffix}"), Counts($"fp{suffix}"), Counts($"fn{suffix}"));
        Assert.Equal([2 * tp[1] / (2 * tp[1] + fp[1] + fn[1]), 2 * tp[2] / (2 * tp[2] + fp[2] + fn[2])], dice.Finish());

        double[] Counts(string name) => [.. step[name]!.AsArray().Select(v => v!.GetValue<double>())];
    }

    [Fact]
    public void counts_of_several_batches_are_pooled_and_then_forgotten()
    {
        using var scope = NewDisposeScope();
        var dice = new PooledDice(SmallNetworks.Labels(2));
        // Class 1: one of one voxel found, then one of three; class 2 never occurs.
        dice.Add(Predicting([1, 0, 0, 0]), Reference([1, 0, 0, 0]));
        dice.Add(Predicting([0, 1, 0, 0]), Reference([0, 1, 1, 1]));
        var pooled = dice.Finish();
        Assert.Equal(4.0 / 6, pooled[0]);
        Assert.True(double.IsNaN(pooled[1]));
        Assert.All(dice.Finish(), d => Assert.True(double.IsNaN(d)));
    }

    [Fact]
    public void regions_may_overlap_and_ignored_voxels_count_for_none()
    {
        using var scope = NewDisposeScope();
        LabelClass[] regions = [new LabelClass([1, 2], true), new LabelClass([2], true)];
        var labels = SmallNetworks.Labels(2, ignore: 3) with { HasRegions = true, ForegroundClasses = regions };
        var dice = new PooledDice(labels);
        var logits = tensor((float[])[1, 1, -1, 1, /**/ 1, -1, -1, 1], [1, 2, 1, 4]);
        var target = tensor((short[])[1, 1, 1, 0, /**/ 1, 1, 0, 0, /**/ 0, 0, 0, 1], [1, 3, 1, 4]);
        dice.Add(logits, target);
        Assert.Equal([4.0 / 5, 2.0 / 3], dice.Finish());
    }

    [Fact]
    public void the_loss_is_the_mean_over_batches_and_the_weights_are_those_loaded()
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build("plain3d");
        using var validation = new OnlineValidation(SmallNetworks.Configuration(network.Spec), SmallNetworks.Labels(2), 1, "cpu");
        validation.Load(network.Save(), "snapshot");
        var loss = new SegmentationLoss(SmallNetworks.Labels(2), batchDice: false, outputs: 2);
        var dice = new PooledDice(SmallNetworks.Labels(2));
        var expected = 0.0;
        foreach (var seed in (int[])[3, 4])
        {
            using var batch = SmallNetworks.RandomBatch(seed);
            validation.Add(batch);
            var outputs = network.ForwardAll(batch.Data);
            expected += loss.Value(outputs, batch.Targets) / 2;
            dice.Add(outputs[0], batch.Targets[0]);
        }

        var (actual, perClass) = validation.Finish();
        Assert.Equal(expected, actual, 1e-6);
        Assert.Equal(dice.Finish(), perClass);
        Assert.True(double.IsNaN(validation.Finish().Loss));
    }

    [Fact]
    public void weights_of_another_network_are_refused()
    {
        using var network = SmallNetworks.Build("plain3d");
        using var validation = new OnlineValidation(SmallNetworks.Configuration(network.Spec), SmallNetworks.Labels(4), 1, "cpu");
        Assert.Contains("epoch 3", Assert.Throws<DataException>(() => validation.Load(network.Save(), "epoch 3")).Message);
    }

    private static Tensor Predicting(long[] labels) => nn.functional.one_hot(tensor(labels), 3).T.to(ScalarType.Float32).reshape(1, 3, 1, labels.Length);

    private static Tensor Reference(short[] labels) => tensor(labels, [1, 1, 1, labels.Length]);
}
