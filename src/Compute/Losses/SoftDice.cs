using static TorchSharp.torch;

namespace ActorSeg.Compute.Losses;

/// <summary>
/// Minus the mean soft Dice and its derivatives, from sums over space (spec 05 section 7.2). The reference's other class of the name, SoftDiceLoss,
/// is the same function of the same sums.
/// </summary>
internal static class SoftDice
{
    // Section 7.2: what the denominator is kept above.
    private const double Tiny = 1e-8;

    /// <summary>The loss, and its derivatives by the overlap and by the predicted mass, one a sample and class.</summary>
    /// <param name="overlap">float64 (batch, classes): sum of probability times truth.</param>
    /// <param name="predicted">float64 (batch, classes): sum of probability.</param>
    /// <param name="truth">float64 (batch, classes): sum of truth.</param>
    /// <param name="batchDice">Whether the batch counts as one.</param>
    /// <param name="smooth">Added to both halves of each Dice.</param>
    public static (double Value, Tensor ByOverlap, Tensor ByPredicted) Evaluate(Tensor overlap, Tensor predicted, Tensor truth, bool batchDice, double smooth)
    {
        var shape = overlap.shape;
        if (batchDice) (overlap, predicted, truth) = (Together(overlap), Together(predicted), Together(truth));
        var numerator = (2 * overlap) + smooth;
        var mass = truth + predicted + smooth;
        var denominator = mass.clamp_min(Tiny);
        var dice = numerator / denominator;
        double count = dice.NumberOfElements;
        // Where the denominator was held up it does not move with the prediction.
        var byPredicted = (dice / denominator * (mass >= Tiny)) / count;
        var byOverlap = -2 / (denominator * count);
        return (-dice.mean().item<double>(), byOverlap.expand(shape), byPredicted.expand(shape));
    }

    private static Tensor Together(Tensor sums)
    {
        long[] batch = [0];
        return sums.sum(batch, keepdim: true);
    }
}
