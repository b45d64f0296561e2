using System.Globalization;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>Tasks of a whole experiment in words.</summary>
internal static class TaskTexts
{
    /// <summary><c>4/14 train 2d fold 0</c>.</summary>
    public static string Begun(TaskBegun begun) => Position(begun, begun.Results.Count);

    /// <summary><c>3/14 preprocess: 230 cases, in 12 s</c>, of the task that is over.</summary>
    public static string Ended(TaskBegun begun, TimeSpan took) =>
        $"{Position(begun, begun.Results.Count - 1)}: {Outcome(begun.Results[^1])}{(took.TotalSeconds < 0.5 ? "" : $", in {Durations.Text(took)}")}";

    /// <summary>What came of a task, in a few words.</summary>
    public static string Outcome(JobResult result) => result switch
    {
        FingerprintResult fingerprint => $"{Cases(fingerprint.Cases)}{(fingerprint.AlreadyThere ? ", measured before" : "")}",
        PlanResult plans => $"{plans.PlansName} for {string.Join(", ", plans.Configurations)}",
        PreprocessResult preprocessed => $"{Cases(preprocessed.Done)}{(preprocessed.Kept > 0 ? $", {preprocessed.Kept} of them before" : "")}{Lost(preprocessed.Quarantined)}",
        TrainResult trained => $"Dice {JsonValues.Text(trained.MeanDice)} after {trained.Epochs} epochs{Lost(trained.Quarantined)}",
        FindBestResult best => $"{best.Selection.NameOf(best.Selection.Best)}, Dice {JsonValues.Text(best.Selection.Postprocessed)}{Lost(best.Quarantined)}",
        PredictResult predicted => $"{Cases(predicted.Done + predicted.Skipped)}{(predicted.Skipped > 0 ? $", {predicted.Skipped} of them before" : "")}{Lost(predicted.Quarantined)}",
        LabelMapsResult maps => $"{Cases(maps.Done)}{(maps.Changed is { } changed ? $", {changed.ToString(CultureInfo.InvariantCulture)} of them changed" : "")}{Lost(maps.Quarantined)}",
        EvaluateResult scored => $"Dice {JsonValues.Text(scored.MeanDice)} of {Cases(scored.Cases)}{Lost(scored.Quarantined)}",
        QualityResult page => $"{Cases(page.Cases)}, {page.Flagged.Count.ToString(CultureInfo.InvariantCulture)} stand out{Lost(page.Quarantined)}",
        _ => "done",
    };

    /// <summary>Cases that a task gave up.</summary>
    public static IReadOnlyList<QuarantinedCase> Quarantined(JobResult result) => result switch
    {
        PreprocessResult r => r.Quarantined,
        TrainResult r => r.Quarantined,
        FindBestResult r => r.Quarantined,
        PredictResult r => r.Quarantined,
        LabelMapsResult r => r.Quarantined,
        EvaluateResult r => r.Quarantined,
        QualityResult r => r.Quarantined,
        _ => [],
    };

    private static string Position(TaskBegun begun, int index) => string.Create(CultureInfo.InvariantCulture, $"{index + 1}/{begun.Tasks.Count} {begun.Tasks[index].Name}");

    private static string Cases(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "case" : "cases")}");

    private static string Lost(IReadOnlyList<QuarantinedCase> cases) => cases.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {cases.Count} given up");
}
