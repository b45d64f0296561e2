using System.Globalization;
using ActorSeg.Actors.Runs;

namespace ActorSeg.Host.Rendering;

/// <summary>Events of a run in words.</summary>
internal static class HistoryText
{
    /// <summary>The event's name as people say it: <c>epoch ended</c>.</summary>
    public static string What(Recorded recorded) => recorded.Name[..Math.Max(recorded.Name.LastIndexOf('-'), 0)].Replace('-', ' ');

    /// <summary>What there is to say of it.</summary>
    public static string More(RunEvent happened) => happened switch
    {
        RunStarted e => Text(
            $"{(e.Fresh ? "anew, as asked: " : "")}{e.Dataset} {e.Configuration} fold {e.Fold}, {e.Trainer}, {e.Plans}, {e.TrainingCases} + {e.ValidationCases} cases, ")
            + Text($"{e.Epochs} epochs of {e.IterationsPerEpoch} + {e.ValidationIterations} batches of {e.BatchSize}, learning rate {e.LearningRate}, seed {e.Seed}, ")
            + Text($"{e.Precision} on {e.Device}; process {e.Pid} on {e.Host}, version {e.Version}"),
        RunResumed e => Text($"at epoch {e.Epoch}, iteration {e.Iteration}, from {e.File}") + string.Concat(e.Refused.Select(r => $"; {r.File} not used: {r.Why}")),
        SettingsChanged e => string.Join("; ", e.Changes),
        EpochEnded e => Text($"epoch {e.Epoch} ({e.Epoch + 1} of {e.Epochs}): loss {Figure(e.TrainLoss)}, validation {Figure(e.ValidationLoss)}, Dice {Figure(e.MeanDice)} ")
            + Text($"(average {Figure(e.EmaDice)}), learning rate {e.LearningRate:0.######}, {Durations.Text(TimeSpan.FromSeconds(Math.Max(0, e.Ended - e.Started)))}"),
        CheckpointCommitted e => Text($"{e.Kind}, at epoch {e.Epoch}, iteration {e.Iteration}, weights {Short(e.WeightsSha256)}"),
        CheckpointPostponed e => Text($"{e.Kind}, failure {e.Failures}: {e.Cause}"),
        StepLeftOut e => Text($"epoch {e.Epoch}, iteration {e.Iteration}: {e.Cause}"),
        TrainerRolledBack e => Text($"to epoch {e.Epoch}, iteration {e.Iteration}: {e.Cause}"),
        WorkerReplaced e => $"{e.Worker}: {e.Cause}",
        ValidatorGivenUp e => $"epochs {string.Join(", ", e.Epochs)} go without figures: {e.Cause}",
        CaseLeftOut e => Text($"{e.Case} after {e.Tries} tries{(e.Batch is { } batch ? Text($", the last in batch {batch} of epoch {e.Epoch}") : "")}: {e.Cause}"),
        RunPaused e => Text($"at epoch {e.Epoch}, iteration {e.Iteration}"),
        RunContinued e => Text($"at epoch {e.Epoch}, iteration {e.Iteration}"),
        CaseGivenUp e => Text($"{e.Case} in {e.Stage} after {e.Tries} tries: {e.Cause}"),
        Warned e => e.Text,
        TrainingEnded e => Text($"{e.Epochs} epochs; the validation follows"),
        RunStopped e => e.Where,
        RunFinished e => Text($"{e.Epochs} epochs, validation Dice {JsonValues.Text(e.MeanDice)}"),
        RunFailed e => e.Cause,
        HistoryLost e => e.Dropped > 0 ? Text($"{e.Dropped} events: {e.Why}") : e.Why,
        _ => "",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Figure(double value) => JsonValues.Text(value);

    private static string Short(string digest) => digest[..Math.Min(digest.Length, 12)];
}
