using ActorSeg.Compute.Datasets;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ActorSeg.Compute.Losses;

/// <summary>
/// nnU-Net's default loss under deep supervision (spec 05 section 7): Dice plus cross-entropy for labels, Dice plus binary cross-entropy for regions.
/// </summary>
public sealed class SegmentationLoss
{
    // Sections 7.2 and 7.4.
    private const double Smooth = 1e-5, Tiny = 1e-8;

    private readonly LabelSet _labels;
    private readonly bool _batchDice;
    private readonly double[] _weights;

    /// <summary>The loss of a training.</summary>
    /// <param name="labels">Labels or regions, and what is ignored.</param>
    /// <param name="batchDice">Dice over the batch as one.</param>
    /// <param name="outputs">Deep supervision outputs.</param>
    public SegmentationLoss(LabelSet labels, bool batchDice, int outputs) =>
        (_labels, _batchDice, _weights) = (labels, batchDice, DeepSupervisionWeights(outputs));

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

    /// <summary>The loss as a scalar tensor; the caller's. Outputs of weight zero are not looked at and get no gradient.</summary>
    /// <param name="logits">(batch, heads, axes...) each, full resolution first.</param>
    /// <exception cref="ArgumentException">There are more or fewer of either than outputs.</exception>
    /// <param name="targets">int16 (batch, 1, axes...) each; in region mode (batch, regions (+ ignore mask), axes...).</param>
    public Tensor Compute(IReadOnlyList<Tensor> logits, IReadOnlyList<Tensor> targets)
    {
        if (logits.Count != _weights.Length || targets.Count != _weights.Length)
            throw new ArgumentException($"{logits.Count} outputs and {targets.Count} targets where the loss is of {_weights.Length}", nameof(logits));
        using var scope = NewDisposeScope();
        Tensor? total = null;
        for (var i = 0; i < logits.Count; i++)
        {
            if (_weights[i] == 0) continue;
            var term = (_labels.HasRegions ? Regions(logits[i], targets[i]) : Labels(logits[i], targets[i])) * _weights[i];
            total = total is null ? term : total + term;
        }

        return total!.MoveToOuterDisposeScope();
    }

    private Tensor Labels(Tensor logits, Tensor target)
    {
        var classes = target.to(ScalarType.Int64);
        Tensor? mask = null;
        Tensor crossEntropy;
        if (_labels.Ignore is { } ignore)
        {
            mask = classes != ignore;
            var any = mask.any().item<bool>();
            crossEntropy = any ? functional.cross_entropy(logits, classes.squeeze(1), ignore_index: ignore) : logits.sum() * 0;
            classes = where(mask, classes, zeros_like(classes));
        }
        else crossEntropy = functional.cross_entropy(logits, classes.squeeze(1));

        var probabilities = functional.softmax(logits, 1);
        var oneHot = zeros(probabilities.shape, ScalarType.Float32, device: logits.device);
        oneHot.scatter_(1, classes, ones_like(classes, ScalarType.Float32));
        // The background head takes part in cross-entropy alone.
        var (p, y) = (probabilities.slice(1, 1, probabilities.shape[1], 1), oneHot.slice(1, 1, oneHot.shape[1], 1));
        return crossEntropy + Dice(p, y, mask?.to(ScalarType.Float32));
    }

    private Tensor Regions(Tensor logits, Tensor target)
    {
        var regions = logits.shape[1];
        var y = target.slice(1, 0, regions, 1).to(ScalarType.Float32);
        Tensor? mask = null;
        Tensor crossEntropy;
        if (_labels.Ignore is not null)
        {
            mask = 1 - target.slice(1, regions, regions + 1, 1).to(ScalarType.Float32);
            var all = functional.binary_cross_entropy_with_logits(logits, y, reduction: Reduction.None);
            crossEntropy = (all * mask).sum() / mask.sum().clamp_min(Tiny);
        }
        else crossEntropy = functional.binary_cross_entropy_with_logits(logits, y);

        return crossEntropy + Dice(sigmoid(logits), y, mask);
    }

    // Minus the mean soft Dice over classes (and samples, unless the batch counts as one), sums over space in float32.
    private Tensor Dice(Tensor p, Tensor y, Tensor? mask)
    {
        long[] space = [.. Enumerable.Range(2, (int)p.dim() - 2).Select(i => (long)i)];
        var (maskedP, maskedY) = mask is null ? (p, y) : (p * mask, y * mask);
        var intersect = (p * maskedY).sum(space);
        var sumP = maskedP.sum(space);
        var sumY = maskedY.sum(space);
        long[] batch = [0];
        if (_batchDice) (intersect, sumP, sumY) = (intersect.sum(batch), sumP.sum(batch), sumY.sum(batch));
        return -((2 * intersect) + Smooth).div((sumY + sumP + Smooth).clamp_min(Tiny)).mean();
    }
}
