using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>From results of jobs to what the user is told. The keys of the JSON are public: docs/cli.md lists them.</summary>
internal static class Reports
{
    /// <summary>The results of one command.</summary>
    public static Report Of(IReadOnlyList<JobResult> results)
    {
        var (json, parts, quarantined) = (new JsonObject(), new List<ReportPart>(), new List<QuarantinedCase>());
        Fingerprints([.. results.OfType<FingerprintResult>()], results.Count == 1, json, parts);
        Plans([.. results.OfType<PlanResult>()], results.Count == 1, json, parts);
        Preprocessed([.. results.OfType<PreprocessResult>()], json, parts, quarantined);
        foreach (var result in results) Single(result, json, parts, quarantined);
        parts.AddRange(Quarantine(quarantined));
        return new Report(json, parts, quarantined);
    }

    /// <summary>Mean Dice of each class, and over the classes.</summary>
    public static ReportTable DiceTable(IReadOnlyDictionary<string, double> dice, double mean) =>
        new(["class", "Dice"], [.. dice.Select(pair => (IReadOnlyList<string>)[pair.Key, JsonValues.Text(pair.Value)]), ["mean", JsonValues.Text(mean)]]);

    /// <summary>The cases that were given up, each with its cause; nothing where there are none.</summary>
    public static IEnumerable<ReportPart> Quarantine(IReadOnlyList<QuarantinedCase> cases) => cases.Count == 0 ? [] :
    [
        new ReportLine($"{cases.Count} {(cases.Count == 1 ? "case is" : "cases are")} quarantined; the rest is done:"),
        new ReportTable(["case", "stage", "tries", "cause"],
            [.. cases.Select(c => (IReadOnlyList<string>)[c.Case.Value, c.Stage, c.Tries.ToString(CultureInfo.InvariantCulture), c.Cause])]),
    ];

    private static void Fingerprints(IReadOnlyList<FingerprintResult> results, bool alone, JsonObject json, List<ReportPart> parts)
    {
        if (results.Count == 0) return;
        Listed(json, "fingerprints", results, alone, r => new JsonObject { ["file"] = r.File, ["cases"] = r.Cases, ["already_there"] = r.AlreadyThere });
        parts.AddRange(results.Select(r => new ReportLine($"fingerprint {(r.AlreadyThere ? "(was there)" : $"of {r.Cases} cases")}: {r.File}")));
    }

    private static void Plans(IReadOnlyList<PlanResult> results, bool alone, JsonObject json, List<ReportPart> parts)
    {
        if (results.Count == 0) return;
        Listed(
            json, "plans", results, alone,
            r => new JsonObject { ["file"] = r.File, ["plans_name"] = r.PlansName, ["configurations"] = JsonValues.Texts(r.Configurations) });
        parts.AddRange(results.Select(r => new ReportLine($"plans for {string.Join(", ", r.Configurations)}: {r.File}")));
    }

    // The one result of a command is the object itself; of several data sets, or beside other results, each is an item of a list.
    private static void Listed<T>(JsonObject json, string key, IReadOnlyList<T> results, bool alone, Func<T, JsonObject> value)
    {
        if (!alone) json[key] = JsonValues.Array(results, value);
        else foreach (var (name, node) in value(results[0])) json[name] = node?.DeepClone();
    }

    private static void Preprocessed(IReadOnlyList<PreprocessResult> results, JsonObject json, List<ReportPart> parts, List<QuarantinedCase> quarantined)
    {
        if (results.Count == 0) return;
        quarantined.AddRange(results.SelectMany(r => r.Quarantined));
        json["folders"] = JsonValues.Texts(results.SelectMany(r => r.Folders));
        json["done"] = results.Sum(r => r.Done);
        json["kept"] = results.Sum(r => r.Kept);
        json["quarantined"] = JsonValues.Array(results.SelectMany(r => r.Quarantined), JsonValues.Of);
        parts.AddRange(results.Select(r => new ReportLine(
            $"{r.Done} cases preprocessed{(r.Kept > 0 ? $", {r.Kept} of them before" : "")}: {string.Join(", ", r.Folders)}")));
    }

    private static void Single(JobResult result, JsonObject json, List<ReportPart> parts, List<QuarantinedCase> quarantined)
    {
        switch (result)
        {
            case TrainResult train:
                (json["folder"], json["epochs"], json["dice"], json["mean_dice"]) =
                    (train.Folder, train.Epochs, JsonValues.Dice(train.ValidationDice), JsonValues.Number(train.MeanDice));
                json["last_epoch"] = train.LastEpoch is null ? null : JsonValues.Of(train.LastEpoch);
                json["quarantined"] = JsonValues.Array(train.Quarantined, JsonValues.Of);
                quarantined.AddRange(train.Quarantined);
                parts.AddRange(
                [
                    new ReportLine($"trained {train.Epochs} epochs: {train.Folder}"),
                    new ReportLine("Dice on the fold's validation cases:"),
                    DiceTable(train.ValidationDice, train.MeanDice),
                ]);
                break;
            case PredictResult predict:
                (json["folder"], json["done"], json["skipped"], json["quarantined"]) =
                    (predict.Folder, predict.Done, predict.Skipped, JsonValues.Array(predict.Quarantined, JsonValues.Of));
                quarantined.AddRange(predict.Quarantined);
                parts.Add(new ReportLine($"{predict.Done} cases predicted{(predict.Skipped > 0 ? $", {predict.Skipped} were there" : "")}: {predict.Folder}"));
                break;
            case EvaluateResult evaluate:
                Evaluated(evaluate, json, parts);
                quarantined.AddRange(evaluate.Quarantined);
                break;
            case LabelMapsResult maps:
                (json["folder"], json["done"]) = (maps.Folder, maps.Done);
                if (maps.Changed is { } changed) json["changed"] = changed;
                json["quarantined"] = JsonValues.Array(maps.Quarantined, JsonValues.Of);
                quarantined.AddRange(maps.Quarantined);
                parts.Add(new ReportLine($"{maps.Done} cases written{(maps.Changed is { } n ? $", {n} of them changed" : "")}: {maps.Folder}"));
                break;
            case PostprocessingResult postprocessing:
                PostprocessingReport.Add(postprocessing, json, parts);
                break;
        }
    }

    private static void Evaluated(EvaluateResult result, JsonObject json, List<ReportPart> parts)
    {
        (json["file"], json["cases"], json["dice"], json["mean_dice"]) =
            (result.File, result.Cases, JsonValues.Dice(result.Dice), JsonValues.Number(result.MeanDice));
        if (result.Quarantined.Count > 0) json["quarantined"] = JsonValues.Array(result.Quarantined, JsonValues.Of);
        parts.AddRange([new ReportLine($"{result.Cases} cases scored: {result.File}"), DiceTable(result.Dice, result.MeanDice)]);
        if (result.Surface.Count == 0) return;
        var figures = result.Surface.Keys.ToList();
        json["surface"] = new JsonObject(figures.Select(name => KeyValuePair.Create(name, (JsonNode?)JsonValues.Dice(result.Surface[name]))));
        parts.Add(new ReportTable(["class", .. figures], [.. result.Dice.Keys.Select(c => (IReadOnlyList<string>)[c, .. figures.Select(name => JsonValues.Text(result.Surface[name][c]))])]));
    }
}
