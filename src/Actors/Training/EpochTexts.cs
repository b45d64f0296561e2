using System.Globalization;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>What an epoch was, for the log.</summary>
internal static class EpochTexts
{
    /// <summary>nnU-Net's lines of an epoch, and where its time went.</summary>
    public static IEnumerable<string> Lines(EpochRecord record, EpochCost cost) =>
    [
        $"Epoch {record.Epoch}",
        $"Current learning rate: {Figure(record.LearningRate, 5)}",
        $"train_loss {Figure(record.TrainLoss, 4)}",
        $"val_loss {Figure(record.ValidationLoss, 4)}",
        $"Pseudo dice [{string.Join(", ", record.DicePerClass.Select(dice => Figure(dice, 4)))}]",
        $"Epoch time: {Figure(record.Ended - record.Started, 2)} s",
        Where(cost),
    ];

    /// <summary>Where the time of an epoch went, in a line.</summary>
    public static string Where(EpochCost cost) =>
        $"Time: {Figure(cost.Compute, 1)} s computing, {Figure(cost.Wait, 1)} s waiting for data ({Figure(100 * cost.WaitShare, 0)} %); "
        + $"{Figure(cost.Workers, 1)} workers: {Figure(cost.Read, 1)} s disk, {Figure(cost.Augment, 1)} s augmentation; "
        + $"{Figure(cost.Ready, 1)} batches ready; bottleneck: {cost.Bottleneck.ToString().ToLowerInvariant()}";

    private static string Figure(double value, int digits) => Math.Round(value, digits).ToString(CultureInfo.InvariantCulture);
}
