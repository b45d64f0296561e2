using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Tests.Networks;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using TorchSharp;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Losses;

/// <summary>Every recipe's own gradients against autograd's of the formulas.</summary>
[NoTensorLeak]
public class LossProperties
{
    [Property(MaxTest = 60)]
    public void gradients_are_the_formulas_derivatives(int seed, bool batchDice, bool ignored, bool regions, bool volume, byte recipe)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)(uint)seed);
        var chosen = Recipe(recipe, regions);
        long[] space = volume ? [3, 5, 4] : [7, 6];
        var logits = (randn([2, 4, .. space], generator: random) * 3).requires_grad_(true);
        var labels = Labels(regions, ignored);
        var target = regions
            ? randint(0, 2, [2, ignored ? 5 : 4, .. space], generator: random).to(ScalarType.Int16)
            : randint(0, ignored ? 5 : 4, [2, 1, .. space], generator: random).to(ScalarType.Int16);

        var plain = regions ? PlainLoss.Regions(logits, target, chosen, batchDice, ignored) : PlainLoss.Labels(logits, target, chosen, batchDice, ignored ? 4 : null);
        plain.backward();
        var expected = SmallNetworks.Values(logits.grad!);
        logits.grad = null;

        using var loss = new SegmentationLoss(labels, batchDice, outputs: 1, chosen).Evaluate([logits], [target]);
        loss.Backward();
        UNetTests.Close([plain.item<float>()], [(float)loss.Value], 1e-5);
        UNetTests.CloseRelative(expected, SmallNetworks.Values(logits.grad!), 1e-5);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void logits_of_half_the_precision_get_gradients_of_their_own_type_and_a_loss_in_float32(bool regions)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var logits = randn([1, 4, 8, 8], generator: random).to(ScalarType.BFloat16).requires_grad_(true);
        var target = randint(0, 2, regions ? [1, 4, 8, 8] : [1, 1, 8, 8], generator: random).to(ScalarType.Int16);
        var loss = new SegmentationLoss(Labels(regions, ignored: false), batchDice: false, outputs: 1);
        using var half = loss.Evaluate([logits], [target]);
        half.Backward();
        Assert.Equal(ScalarType.BFloat16, logits.grad!.dtype);
        Assert.Equal(loss.Value([logits.detach().to(ScalarType.Float32)], [target]), half.Value, 12);
    }

    [Fact]
    public void a_recipe_for_plain_labels_refuses_regions()
    {
        foreach (var recipe in new LossRecipe[] { new() { DiceWeight = 0 }, new() { HardestFraction = 0.1 }, new() { LabelSmoothing = 0.1 } })
            Assert.Contains("regions", Assert.Throws<UsageException>(() => new SegmentationLoss(Labels(regions: true, ignored: false), true, 2, recipe)).Message);
    }

    [Fact]
    public void no_tensor_is_kept_but_one_gradient_an_output()
    {
        using var scope = NewDisposeScope();
        Tensor[] logits = [zeros(1, 3, 8, 8).requires_grad_(true), zeros(1, 3, 4, 4).requires_grad_(true), zeros(1, 3, 2, 2).requires_grad_(true)];
        Tensor[] targets = [.. logits.Select(l => zeros([1, 1, .. l.shape[2..]], ScalarType.Int16))];
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var loss = new SegmentationLoss(Labels(false, false), batchDice: false, outputs: 3).Evaluate(logits, targets);
        Assert.Equal(2, DisposeScopeManager.Statistics.ThreadTotalLiveCount - before);
        loss.Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static LabelSet Labels(bool regions, bool ignored) => SmallNetworks.Labels(3, ignored ? 4 : null) with
    {
        HasRegions = regions,
        ForegroundClasses = [.. Enumerable.Range(1, regions ? 4 : 3).Select(l => new LabelClass([l], regions))],
    };

    private static LossRecipe Recipe(byte number, bool regions) => (number % 7, regions) switch
    {
        (1, _) => new() { VoxelWeight = 0 },
        (2, _) => new() { Smooth = 0 },
        (3, _) => new() { DiceWeight = 0.5, VoxelWeight = 2 },
        (4, false) => new() { DiceWeight = 0 },
        (5, false) => new() { DiceWeight = 0, HardestFraction = 0.1, LabelSmoothing = 0.1 },
        (6, false) => new() { HardestFraction = 0.3 },
        _ => LossRecipe.Default,
    };
}
