using ActorSeg.Compute.Datasets;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Losses;

/// <summary>
/// The loss of a training under deep supervision (spec 05 section 7): Dice and cross-entropy for labels, Dice and binary cross-entropy for regions, in the
/// proportions of a <see cref="LossRecipe"/>. Always worked out in float32.
/// </summary>
public sealed class SegmentationLoss
{
    private readonly double[] _weights;
    private readonly Func<Tensor, Tensor, bool, (double Value, Tensor? Gradient)> _single;

    /// <summary>The loss of a training.</summary>
    /// <param name="labels">Labels or regions, and what is ignored.</param>
    /// <param name="batchDice">Dice over the batch as one.</param>
    /// <param name="outputs">Deep supervision outputs.</param>
    /// <param name="recipe">What is summed; nnU-Net's own when left out.</param>
    /// <exception cref="UsageException">The recipe is for plain labels and the data set has regions.</exception>
    public SegmentationLoss(LabelSet labels, bool batchDice, int outputs, LossRecipe? recipe = null)
    {
        recipe ??= LossRecipe.Default;
        if (labels.HasRegions && (recipe.HardestFraction < 1 || recipe.LabelSmoothing > 0 || recipe.DiceWeight == 0))
            throw new UsageException("this trainer's loss is for plain labels and the data set has regions; choose a trainer with Dice and cross-entropy over all voxels");
        _weights = DeepSupervisionWeights(outputs);
        _single = labels.HasRegions
            ? new RegionLoss(recipe, batchDice, labels.Ignore is not null).Evaluate
            : new LabelLoss(recipe, batchDice, labels.Ignore).Evaluate;
    }

    /// <summary>
    /// Halving from output to output, the last zero, summing to one (section 7.5). A single output has weight one: nnU-Net's own 0/0 gives NaN.
    /// </summary>
    public static double[] DeepSupervisionWeights(int outputs)
    {
        if (outputs == 1) return [1];
        var weights = Enumerable.Range(0, outputs).Select(i => i == outputs - 1 ? 0 : Math.Pow(2, -i)).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>
    /// The loss with its gradients by the logits, ready to be sent back. Outputs of weight zero are not looked at. Holds one float32 tensor of the logits'
    /// size for each other output, and while working a few that are smaller by the number of classes.
    /// </summary>
    /// <param name="logits">(batch, heads, axes...) each, full resolution first; they stay the caller's and must outlive the result.</param>
    /// <param name="targets">int16 (batch, 1, axes...) each; in region mode (batch, regions (+ ignore mask), axes...).</param>
    /// <exception cref="ArgumentException">There are more or fewer of either than outputs.</exception>
    public LossResult Evaluate(IReadOnlyList<Tensor> logits, IReadOnlyList<Tensor> targets)
    {
        var outputs = new List<(Tensor, Tensor)>();
        var total = Sum(logits, targets, wantGradient: true, (i, gradient) =>
        {
            using (gradient)
            {
                gradient.mul_(_weights[i]);
                outputs.Add((logits[i], gradient.to(logits[i].dtype).DetachFromDisposeScope()));
            }
        });
        return new LossResult(total, outputs);
    }

    /// <summary>The loss alone.</summary>
    /// <inheritdoc cref="Evaluate"/>
    public double Value(IReadOnlyList<Tensor> logits, IReadOnlyList<Tensor> targets) => Sum(logits, targets, wantGradient: false, (_, _) => { });

    private double Sum(IReadOnlyList<Tensor> logits, IReadOnlyList<Tensor> targets, bool wantGradient, Action<int, Tensor> take)
    {
        if (logits.Count != _weights.Length || targets.Count != _weights.Length)
            throw new ArgumentException($"{logits.Count} outputs and {targets.Count} targets where the loss is of {_weights.Length}", nameof(logits));
        var total = 0.0;
        for (var i = 0; i < logits.Count; i++)
        {
            if (_weights[i] == 0) continue;
            var (value, gradient) = _single(logits[i], targets[i], wantGradient);
            total += _weights[i] * value;
            if (gradient is not null) take(i, gradient);
        }

        return total;
    }
}
