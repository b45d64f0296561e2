using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ActorSeg.Compute.Losses;

/// <summary>
/// Dice plus cross-entropy of plain labels (spec 05 sections 7.2 and 7.3). No one-hot target is made: the truth picks one probability a voxel. The
/// probabilities become the gradient in place, so that beside the logits one tensor of their size is held.
/// </summary>
/// <param name="recipe">What is summed.</param>
/// <param name="batchDice">Dice over the batch as one.</param>
/// <param name="ignore">The label that counts nowhere.</param>
internal sealed class LabelLoss(LossRecipe recipe, bool batchDice, int? ignore)
{
    /// <summary>The loss, and its gradient (float32, of the logits' shape; the caller's scope owns it) when asked for.</summary>
    /// <param name="logits">(batch, classes, axes...), background first.</param>
    /// <param name="target">Whole numbers (batch, 1, axes...).</param>
    /// <param name="wantGradient">Whether to make the gradient.</param>
    public (double Value, Tensor? Gradient) Evaluate(Tensor logits, Tensor target, bool wantGradient)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (batch, classes) = (logits.shape[0], logits.shape[1]);
        // (batch, classes, voxels) in float32, whatever precision the network ran in.
        var log = functional.log_softmax(logits.reshape(batch, classes, -1).to(ScalarType.Float32), 1);
        var labels = target.reshape(batch, 1, -1).to(ScalarType.Int64);
        var valid = ignore is { } label ? labels != label : null;
        // Ignored voxels pass as background, which Dice does not look at.
        if (valid is not null) labels = labels * valid;

        var (voxelLoss, weight) = recipe.VoxelWeight == 0 ? (0, null) : Voxels(log, labels, valid);
        var value = recipe.VoxelWeight * voxelLoss;

        var probability = log.exp_();
        if (valid is not null) probability.mul_(valid);
        var picked = probability.gather(1, labels);
        Tensor? byOverlap = null, byPredicted = null;
        if (recipe.DiceWeight != 0)
        {
            (var dice, byOverlap, byPredicted) = Dice(probability, labels, picked, valid);
            value += recipe.DiceWeight * dice;
        }

        if (!wantGradient) return (value, null);
        var gradient = Gradient(probability, labels, picked, weight, byOverlap, byPredicted).reshape(logits.shape);
        return (value, gradient.MoveToOuterDisposeScope());
    }

    // The voxels' mean, and how much each voxel counts in it: (batch, 1, voxels), null where none counts.
    private (double Value, Tensor? Weight) Voxels(Tensor log, Tensor labels, Tensor? valid)
    {
        var smoothing = recipe.LabelSmoothing;
        var loss = log.gather(1, labels).neg_();
        if (smoothing > 0)
        {
            long[] classes = [1];
            loss.mul_(1 - smoothing).sub_(log.mean(classes, keepdim: true) * smoothing);
        }

        if (valid is not null) loss.mul_(valid);
        if (recipe.HardestFraction >= 1)
        {
            var count = valid is null ? loss.NumberOfElements : valid.sum().item<long>();
            if (count == 0) return (0, null);
            var weight = valid is null ? ones_like(loss).div_(count) : valid.to(ScalarType.Float32).div_(count);
            return ((loss.sum() / count).item<float>(), weight);
        }

        var flat = loss.reshape(-1);
        var hardest = (int)(flat.NumberOfElements * recipe.HardestFraction);
        if (hardest == 0) return (0, null);
        var (values, indices) = flat.topk(hardest);
        var chosen = zeros_like(flat).index_fill_(0, indices, 1.0 / hardest).reshape(loss.shape);
        return (values.mean().item<float>(), valid is null ? chosen : chosen.mul_(valid));
    }

    // Background takes part in cross-entropy alone: its derivatives are zero.
    private (double Value, Tensor ByOverlap, Tensor ByPredicted) Dice(Tensor probability, Tensor labels, Tensor picked, Tensor? valid)
    {
        var (batch, classes) = (probability.shape[0], probability.shape[1]);
        long[] space = [2];
        // One bin a sample and class.
        var bins = (labels + (arange(batch, device: labels.device) * classes).reshape(batch, 1, 1)).reshape(-1);
        var overlap = Foreground(bins.bincount(picked.reshape(-1).to(ScalarType.Float64), (int)(batch * classes)));
        var truth = Foreground(valid is null
            ? bins.bincount(null, (int)(batch * classes)).to(ScalarType.Float64)
            : bins.bincount(valid.reshape(-1).to(ScalarType.Float64), (int)(batch * classes)));
        var predicted = Foreground(probability.sum(space).to(ScalarType.Float64));
        var (value, byOverlap, byPredicted) = SoftDice.Evaluate(overlap, predicted, truth, batchDice, recipe.Smooth);
        return (value, WithBackground(byOverlap), WithBackground(byPredicted));

        Tensor Foreground(Tensor sums) => sums.reshape(batch, classes).slice(1, 1, classes, 1);

        Tensor WithBackground(Tensor derivative) =>
            cat([zeros(batch, 1, ScalarType.Float64, device: derivative.device), derivative], 1).mul_(recipe.DiceWeight).to(ScalarType.Float32);
    }

    /// <summary>
    /// Turns the probabilities p into the gradient by the logits. With a, b the derivatives of Dice by overlap and mass, w a voxel's weight, s the smoothing,
    /// C classes and t the true one: p_c (b_c + w - sum_k p_k b_k - p_t a_t) - w s / C, and for the true class p_t a_t - w (1 - s) more.
    /// </summary>
    private Tensor Gradient(Tensor probability, Tensor labels, Tensor picked, Tensor? weight, Tensor? byOverlap, Tensor? byPredicted)
    {
        var (batch, classes) = (probability.shape[0], probability.shape[1]);
        var common = weight is null ? zeros_like(picked) : weight * recipe.VoxelWeight;
        var true_ = weight is null ? zeros_like(picked) : common * -(1 - recipe.LabelSmoothing);
        var spread = weight is null || recipe.LabelSmoothing == 0 ? null : common * (recipe.LabelSmoothing / classes);
        if (byOverlap is not null)
        {
            var gain = byOverlap.gather(1, labels.reshape(batch, -1)).unsqueeze(1).mul_(picked);
            common = (weight is null ? common : common.clone()).sub_(gain).sub_(byPredicted!.unsqueeze(1).bmm(probability));
            true_.add_(gain);
        }

        for (var c = 0L; c < classes; c++)
        {
            // A class at a time, so that no second tensor of the probabilities' size is made.
            using var part = probability.slice(1, c, c + 1, 1);
            using var factor = byPredicted is null ? common.alias() : common + byPredicted.slice(1, c, c + 1, 1).unsqueeze(1);
            part.mul_(factor);
            if (spread is not null) part.sub_(spread);
        }

        return probability.scatter_add_(1, labels, true_);
    }
}
