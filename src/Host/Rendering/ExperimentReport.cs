using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>What came of a whole experiment: each fold's Dice, the best model, and where everything is.</summary>
internal static class ExperimentReport
{
    public static Report Of(WholeExperimentResult result, TimeSpan time)
    {
        var folds = result.Tasks.Zip(result.Results, (task, of) => (task.Job as TrainJob, of as TrainResult)).Where(f => f is ({ }, { })).Select(f => (Job: f.Item1!, Result: f.Item2!)).ToList();
        var best = result.Results.OfType<FindBestResult>().FirstOrDefault();
        var (scored, page) = (result.Results.OfType<EvaluateResult>().FirstOrDefault(), result.Results.OfType<QualityResult>().FirstOrDefault());
        var predictions = page is null ? null : Path.GetDirectoryName(page.File);
        var lost = result.Results.SelectMany(TaskTexts.Quarantined).ToList();

        var json = new JsonObject
        {
            ["folds"] = JsonValues.Array(folds, f => new JsonObject
            {
                ["configuration"] = f.Job.Configuration,
                ["fold"] = f.Job.Fold.ToString(),
                ["mean_dice"] = JsonValues.Number(f.Result.MeanDice),
                ["dice"] = JsonValues.Dice(f.Result.ValidationDice),
                ["folder"] = f.Result.Folder,
            }),
            ["best"] = best is null ? null : SelectionReport.Of(best).Json,
            ["predictions"] = predictions,
            ["dice"] = scored is null ? null : JsonValues.Dice(scored.Dice),
            ["mean_dice"] = scored is null ? null : JsonValues.Number(scored.MeanDice),
            ["page"] = page?.File,
            ["seconds"] = Math.Round(time.TotalSeconds, 1),
            ["quarantined"] = JsonValues.Array(lost, JsonValues.Of),
        };
        List<ReportPart> parts =
        [
            new ReportTable(
                ["configuration", "fold", "Dice"],
                [.. folds.Select(f => (IReadOnlyList<string>)[f.Job.Configuration, f.Job.Fold.ToString(), JsonValues.Text(f.Result.MeanDice)])]),
        ];
        if (best is not null)
            parts.AddRange(
            [
                new ReportTable(["model", "Dice"], [.. best.Selection.Ranked.Select(m => (IReadOnlyList<string>)[best.Selection.NameOf(m), JsonValues.Text(m.MeanDice)])]),
                new ReportLine($"best: {best.Selection.NameOf(best.Selection.Best)}, postprocessed {JsonValues.Text(best.Selection.Postprocessed)}"),
                new ReportLine($"how to predict with it: {Path.Combine(Path.GetDirectoryName(best.Information)!, "inference_instructions.txt")}"),
            ]);
        if (scored is not null) parts.AddRange([new ReportLine($"Dice of the predictions, {scored.Cases} cases:"), Reports.DiceTable(scored.Dice, scored.MeanDice)]);
        if (page is not null) parts.AddRange([new ReportLine($"predictions: {predictions}"), new ReportLine($"to look over: {page.File}")]);
        parts.Add(new ReportLine($"all in {Durations.Text(time)}"));
        parts.AddRange(Reports.Quarantine(lost));
        return new Report(json, parts, lost);
    }
}
