using ActorSeg.Compute.Losses;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ActorSeg.Compute.Tests.Losses;

/// <summary>The losses written as their formulas stand (spec 05 section 7), for autograd to differentiate.</summary>
internal static class PlainLoss
{
    public static Tensor Labels(Tensor logits, Tensor target, LossRecipe recipe, bool batchDice, int? ignore)
    {
        var labels = target.to(ScalarType.Int64);
        var mask = ignore is { } label ? (labels != label).to(ScalarType.Float32) : ones_like(labels, ScalarType.Float32);
        labels = (labels * mask).to(ScalarType.Int64);
        var classes = logits.shape[1];
        var oneHot = zeros(logits.shape).scatter_(1, labels, ones_like(labels, ScalarType.Float32));
        var soft = (oneHot * (1 - recipe.LabelSmoothing)) + (recipe.LabelSmoothing / classes);
        long[] over = [1];
        var voxels = -(soft * functional.log_softmax(logits, 1)).sum(over, keepdim: true) * mask;
        var count = mask.sum();
        var mean = recipe.HardestFraction < 1 ? voxels.reshape(-1).topk((int)(voxels.NumberOfElements * recipe.HardestFraction)).values.mean()
            : count.item<float>() == 0 ? logits.sum() * 0
            : voxels.sum() / count;
        var (p, y) = (functional.softmax(logits, 1).slice(1, 1, classes, 1), oneHot.slice(1, 1, classes, 1));
        return (recipe.VoxelWeight * mean) + (recipe.DiceWeight * Dice(p * mask, y * mask, batchDice, recipe.Smooth));
    }

    public static Tensor Regions(Tensor logits, Tensor target, LossRecipe recipe, bool batchDice, bool hasIgnore)
    {
        var regions = logits.shape[1];
        var y = target.slice(1, 0, regions, 1).to(ScalarType.Float32);
        var mask = hasIgnore ? 1 - target.slice(1, regions, regions + 1, 1).to(ScalarType.Float32) : ones_like(y.slice(1, 0, 1, 1));
        var all = functional.binary_cross_entropy_with_logits(logits, y, reduction: Reduction.None) * mask;
        var mean = hasIgnore ? all.sum() / mask.sum().clamp_min(1e-8) : all.mean();
        return (recipe.VoxelWeight * mean) + (recipe.DiceWeight * Dice(sigmoid(logits) * mask, y * mask, batchDice, recipe.Smooth));
    }

    private static Tensor Dice(Tensor p, Tensor y, bool batchDice, double smooth)
    {
        long[] space = batchDice ? [0, .. Enumerable.Range(2, (int)p.dim() - 2)] : [.. Enumerable.Range(2, (int)p.dim() - 2)];
        return -(((2 * (p * y).sum(space)) + smooth) / (p.sum(space) + y.sum(space) + smooth).clamp_min(1e-8)).mean();
    }
}
