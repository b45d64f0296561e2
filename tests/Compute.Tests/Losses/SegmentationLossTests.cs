using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Tests.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Losses;

[NoTensorLeak]
public class SegmentationLossTests
{
    [Theory]
    [InlineData("dc_ce"), InlineData("dc_ce_absentclass"), InlineData("dc_ce_2d"), InlineData("ds_dc_ce")]
    [InlineData("dc_ce_ignore"), InlineData("dc_ce_allignore")]
    [InlineData("dc_bce_regions"), InlineData("dc_bce_regions_ignore")]
    public void value_and_gradients_are_the_references(string name)
    {
        var (ignore, regions) = (name.EndsWith("ignore", StringComparison.Ordinal), name.Contains("regions"));
        Check($"{name}_batchdice0", batchDice: false, ignore, regions);
        Check($"{name}_batchdice1", batchDice: true, ignore, regions);
    }

    [Fact]
    public void the_hardest_tenth_with_dice_is_the_references() =>
        Check("dc_topk10", batchDice: false, ignore: false, regions: false, new LossRecipe { HardestFraction = 0.1 });

    [Fact]
    public void dice_alone_is_the_references() =>
        Check("softdice_old_bd0", batchDice: false, ignore: false, regions: false, new LossRecipe { VoxelWeight = 0 });

    [Fact]
    public void deep_supervision_weights_are_the_references()
    {
        var weights = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("h_optim", "schedules.json")))!["ds_weights"]!.AsObject();
        foreach (var (outputs, expected) in weights)
        {
            var actual = SegmentationLoss.DeepSupervisionWeights(int.Parse(outputs, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(expected!.AsArray().Select(w => w!.GetValue<double>()), actual, (a, b) => Math.Abs(a - b) < 1e-15);
        }
    }

    [Fact]
    public void a_single_output_counts_in_full()
    {
        Assert.Equal([1.0], SegmentationLoss.DeepSupervisionWeights(1));
        using var scope = NewDisposeScope();
        var npz = new Npz(TestPaths.Golden("g_loss", "dc_ce_batchdice0.npz"));
        var loss = new SegmentationLoss(SmallNetworks.Labels(npz["logits0"].Shape[1] - 1), batchDice: false, outputs: 1);
        var value = loss.Value([SmallNetworks.Tensor(npz["logits0"])], [SmallNetworks.Tensor(npz["target0"], ScalarType.Int16)]);
        UNetTests.Close(npz["loss"].Floats(), [(float)value], 1e-5);
    }

    [Fact]
    public void another_number_of_outputs_than_the_losss_is_refused()
    {
        using var logits = zeros(1, 3, 4, 4);
        using var target = zeros(1, 1, 4, 4, dtype: ScalarType.Int16);
        var loss = new SegmentationLoss(SmallNetworks.Labels(2), batchDice: false, outputs: 2);
        Assert.Throws<ArgumentException>(() => { loss.Evaluate([logits], [target]); });
        Assert.Throws<ArgumentException>(() => { loss.Value([logits, logits], [target]); });
    }

    private static void Check(string file, bool batchDice, bool ignore, bool regions, LossRecipe? recipe = null)
    {
        var npz = new Npz(TestPaths.Golden("g_loss", $"{file}.npz"));
        var outputs = npz.Names.Count(n => n.StartsWith("logits", StringComparison.Ordinal));
        var heads = npz["logits0"].Shape[1];
        var labels = SmallNetworks.Labels(heads - 1, ignore ? 3 : null) with { HasRegions = regions };
        if (regions) labels = labels with { ForegroundClasses = [.. Enumerable.Range(1, heads).Select(l => new LabelClass([l], true))] };
        var logits = Enumerable.Range(0, outputs).Select(i => SmallNetworks.Tensor(npz[$"logits{i}"]).requires_grad_(true)).ToList();
        var targets = Enumerable.Range(0, outputs).Select(i => SmallNetworks.Tensor(npz[$"target{i}"], ScalarType.Int16)).ToList();
        var loss = new SegmentationLoss(labels, batchDice, outputs, recipe);
        using (var result = loss.Evaluate(logits, targets))
        {
            UNetTests.Close(npz["loss"].Floats(), [(float)result.Value], 1e-5);
            Assert.Equal(result.Value, loss.Value(logits, targets), 12);
            result.Backward();
        }

        for (var i = 0; i < outputs; i++)
        {
            var expected = npz[$"grad{i}"].Floats();
            var gradient = logits[i].grad;
            if (gradient is null) Assert.All(expected, v => Assert.Equal(0, v));
            else
            {
                var scale = Math.Max(1e-12, expected.Max(Math.Abs));
                var actual = SmallNetworks.Values(gradient);
                for (var v = 0; v < expected.Length; v++) Assert.InRange(Math.Abs(expected[v] - actual[v]) / scale, 0, 1e-5);
                gradient.Dispose();
            }

            logits[i].Dispose();
            targets[i].Dispose();
        }
    }
}
