using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ActorSeg.Compute.Losses;

/// <summary>
/// Dice plus binary cross-entropy of regions, which may overlap (spec 05 section 7.4). The probabilities become the gradient in place, a region at a time.
/// </summary>
/// <param name="recipe">What is summed.</param>
/// <param name="batchDice">Dice over the batch as one.</param>
/// <param name="hasIgnore">Whether the target's last channel says what is ignored.</param>
internal sealed class RegionLoss(LossRecipe recipe, bool batchDice, bool hasIgnore)
{
    /// <summary>The loss, and its gradient (float32, of the logits' shape; the caller's scope owns it) when asked for.</summary>
    /// <param name="logits">(batch, regions, axes...).</param>
    /// <param name="target">0 or 1 (batch, regions (+ ignore), axes...).</param>
    /// <param name="wantGradient">Whether to make the gradient.</param>
    public (double Value, Tensor? Gradient) Evaluate(Tensor logits, Tensor target, bool wantGradient)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (batch, regions) = (logits.shape[0], logits.shape[1]);
        var flat = logits.reshape(batch, regions, -1);
        var truth = target.reshape(batch, target.shape[1], -1);
        var mask = hasIgnore ? truth.slice(1, regions, regions + 1, 1) == 0 : null;
        // Without an ignore label the mean over everything; with one the sum over regions, a mean over voxels (spec 05, trap 5).
        var count = mask is null ? flat.NumberOfElements : Math.Max(mask.sum().item<long>(), 1e-8);

        var probability = empty([batch, regions, flat.shape[2]], ScalarType.Float32, device: logits.device);
        var voxels = 0.0;
        Tensor[] sums = [.. Enumerable.Range(0, 3).Select(_ => zeros(batch, regions, ScalarType.Float64, device: logits.device))];
        for (var r = 0L; r < regions; r++)
        {
            using var part = NewDisposeScope();
            var (x, y) = (Region(flat, r).to(ScalarType.Float32), Region(truth, r).to(ScalarType.Float32));
            if (recipe.VoxelWeight != 0)
            {
                var loss = functional.binary_cross_entropy_with_logits(x, y, reduction: Reduction.None);
                voxels += (mask is null ? loss : loss.mul_(mask)).sum().item<float>();
            }

            var p = Region(probability, r).copy_(x).sigmoid_();
            var (seen, real) = mask is null ? (p, y) : (p * mask, y.mul_(mask));
            long[] space = [2];
            foreach (var (total, sum) in sums.Zip([(p * real).sum(space), seen.sum(space), real.sum(space)])) total.slice(1, r, r + 1, 1).copy_(sum);
        }

        var value = recipe.VoxelWeight * voxels / count;
        var (dice, byOverlap, byPredicted) = SoftDice.Evaluate(sums[0], sums[1], sums[2], batchDice, recipe.Smooth);
        if (recipe.DiceWeight != 0) value += recipe.DiceWeight * dice;
        if (!wantGradient) return (value, null);

        for (var r = 0L; r < regions; r++)
        {
            using var part = NewDisposeScope();
            var (p, y) = (Region(probability, r), Region(truth, r).to(ScalarType.Float32));
            // Of cross-entropy (p - y) w; of Dice p (1 - p) (a y + b), with a and b the derivatives by overlap and mass.
            var voxel = (p - y).mul_(recipe.VoxelWeight / count);
            var (a, b) = (Derivative(byOverlap, r), Derivative(byPredicted, r));
            p.mul_(1 - p).mul_((y * a).add_(b)).add_(voxel);
            if (mask is not null) p.mul_(mask);
        }

        return (value, probability.reshape(logits.shape).MoveToOuterDisposeScope());
    }

    private Tensor Derivative(Tensor derivative, long region) =>
        (derivative.slice(1, region, region + 1, 1) * recipe.DiceWeight).to(ScalarType.Float32).unsqueeze(2);

    private static Tensor Region(Tensor of, long region) => of.slice(1, region, region + 1, 1);
}
