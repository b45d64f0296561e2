using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>Which model is best, and how to predict with it.</summary>
internal static class SelectionReport
{
    public static Report Of(FindBestResult result)
    {
        var selection = result.Selection;
        var json = new JsonObject
        {
            ["best"] = selection.NameOf(selection.Best),
            ["mean_dice"] = JsonValues.Number(selection.Best.MeanDice),
            ["mean_dice_postprocessed"] = JsonValues.Number(selection.Postprocessed),
            ["all_results"] = JsonValues.Dice(selection.Ranked.ToDictionary(selection.NameOf, model => model.MeanDice)),
            ["postprocessing"] = JsonValues.Array(result.Steps, PostprocessingReport.Labels),
            ["postprocessing_file"] = selection.PostprocessingFile,
            ["information"] = result.Information,
            ["instructions"] = result.Instructions,
            ["quarantined"] = JsonValues.Array(result.Quarantined, JsonValues.Of),
        };
        return new Report(json,
        [
            new ReportTable(["model", "Dice"], [.. selection.Ranked.Select(model => (IReadOnlyList<string>)[selection.NameOf(model), JsonValues.Text(model.MeanDice)])]),
            new ReportLine($"best: {selection.NameOf(selection.Best)}, Dice {JsonValues.Text(selection.Best.MeanDice)}, postprocessed {JsonValues.Text(selection.Postprocessed)}"),
            new ReportLine(""),
            .. result.Instructions.TrimEnd('\n').Split('\n').Select(line => new ReportLine(line)),
            .. Reports.Quarantine(result.Quarantined),
        ], result.Quarantined);
    }
}
