using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>The result of the demo: Dice on volumes the network never saw, and where everything is.</summary>
internal static class DemoReport
{
    /// <summary>The result of the demo's jobs.</summary>
    public static Report Of(IReadOnlyList<JobResult> results, string folder, string overlay, TimeSpan time)
    {
        var (all, evaluation) = (Reports.Of(results), results.OfType<EvaluateResult>().Single());
        var json = new JsonObject
        {
            ["dice"] = JsonValues.Dice(evaluation.Dice),
            ["mean_dice"] = JsonValues.Number(evaluation.MeanDice),
            ["folder"] = folder,
            ["overlay"] = overlay,
            ["seconds"] = Math.Round(time.TotalSeconds, 1),
        };
        if (all.Quarantined.Count > 0) json["quarantined"] = JsonValues.Array(all.Quarantined, JsonValues.Of);
        var paths = new[]
        {
            ("raw data", Path.Combine(folder, "nnUNet_raw")),
            ("plans and cases", Path.Combine(folder, "nnUNet_preprocessed")),
            ("model", results.OfType<TrainResult>().Select(r => r.Folder).FirstOrDefault() ?? Path.Combine(folder, "nnUNet_results")),
            ("predictions", results.OfType<PredictResult>().Select(r => r.Folder).FirstOrDefault() ?? "-"),
            ("summary", evaluation.File),
            ("picture", overlay),
        };
        return new Report(json,
        [
            new ReportLine($"Dice on {evaluation.Cases} volumes the network never saw:"),
            Reports.DiceTable(evaluation.Dice, evaluation.MeanDice),
            new ReportTable(["made", "where"], [.. paths.Select(p => (IReadOnlyList<string>)[p.Item1, p.Item2])]),
            new ReportLine($"all in {Durations.Text(time)}"),
            .. Reports.Quarantine(all.Quarantined),
        ], all.Quarantined);
    }
}
