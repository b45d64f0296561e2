using System.Globalization;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>What an epoch was, for the log.</summary>
public static class EpochTexts
{
    /// <summary>nnU-Net's lines of an epoch, and where its time went.</summary>
    public static IEnumerable<string> Lines(EpochRecord record, bool best, EpochCost cost) =>
        [.. TrainingLogText.EpochBegun(record.Epoch, record.LearningRate), .. TrainingLogText.EpochEnded(record, best), Where(cost)];

    /// <summary>Where the time of an epoch went, in a line.</summary>
    public static string Where(EpochCost cost) => string.Create(
        CultureInfo.InvariantCulture,
        $"Time: {cost.Compute:0.0} s computing, {cost.Wait:0.0} s waiting for data ({cost.WaitShare:0 %}); {cost.Workers:0.#} workers: {cost.Read:0.0} s disk, "
            + $"{cost.Augment:0.0} s augmentation; {cost.Ready:0.0} batches ready; bottleneck: {cost.Bottleneck.ToString().ToLowerInvariant()}") + Copies(cost);

    /// <summary>What checkpoints and validations cost the trainer, as the end of such a line; empty where they cost nothing.</summary>
    public static string Copies(EpochCost cost) => cost.Copies == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"; {cost.Copies} {(cost.Copies == 1 ? "copy" : "copies")} of the weights, {cost.SlowestCopy * 1000:0} ms at most");
}
