namespace ActorSeg.Compute.Training;

/// <summary>Closes epochs into the training's curves (spec 05 section 8).</summary>
public static class EpochHistory
{
    private const double Keep = 0.9;

    /// <summary>
    /// The record of an epoch after those before it. A mean Dice of NaN leaves the moving average as it was: in nnU-Net one such epoch poisons it for good
    /// (spec 05 trap 3), and a "best" is never chosen again.
    /// </summary>
    public static EpochRecord Close(
        IReadOnlyList<EpochRecord> before, int epoch, double learningRate, double trainLoss, double validationLoss, IReadOnlyList<double> dice,
        double started, double ended)
    {
        var finite = dice.Where(double.IsFinite).ToList();
        var mean = finite.Count == 0 ? double.NaN : finite.Average();
        var previous = before.Count == 0 ? double.NaN : before[^1].EmaForegroundDice;
        var ema = double.IsNaN(mean) ? previous : double.IsNaN(previous) ? mean : (Keep * previous) + ((1 - Keep) * mean);
        return new EpochRecord(epoch, learningRate, trainLoss, validationLoss, dice, mean, ema, started, ended);
    }
}
