namespace ActorSeg.Compute.Training;

/// <summary>One finished epoch, as nnU-Net logs it (spec 05 section 10).</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="LearningRate">Used throughout the epoch.</param>
/// <param name="TrainLoss">Mean over the training iterations.</param>
/// <param name="ValidationLoss">Mean over the validation iterations.</param>
/// <param name="DicePerClass">Pseudo Dice of each foreground class or region; NaN where neither predicted nor present.</param>
/// <param name="MeanForegroundDice">Mean of the above ignoring NaN.</param>
/// <param name="EmaForegroundDice">0.9 x the previous + 0.1 x this; the first is this.</param>
/// <param name="Started">Unix seconds.</param>
/// <param name="Ended">Unix seconds.</param>
public sealed record EpochRecord(
    int Epoch,
    double LearningRate,
    double TrainLoss,
    double ValidationLoss,
    IReadOnlyList<double> DicePerClass,
    double MeanForegroundDice,
    double EmaForegroundDice,
    double Started,
    double Ended);
