using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Runs;

namespace ActorSeg.Host.Rendering;

/// <summary>Where runs stand: a row a run, and with its history a row an event. The keys of the JSON are public: docs/cli.md lists them.</summary>
internal static class StatusReport
{
    private static readonly string[] Headers = ["run", "state", "epoch", "loss", "Dice", "heard", "more"], HistoryHeaders = ["when", "what", "more"];

    /// <summary>The runs.</summary>
    /// <param name="runs">In order.</param>
    /// <param name="now">The time.</param>
    /// <param name="withHistory">Whether the history is wanted.</param>
    public static Report Of(IReadOnlyList<RunSummary> runs, DateTimeOffset now, bool withHistory)
    {
        var json = new JsonObject { ["runs"] = JsonValues.Array(runs, run => Json(run, withHistory)) };
        return new Report(json, runs.Count == 0 ? [new ReportLine("no runs")] : [.. Parts(runs, now, withHistory)], []);
    }

    private static IEnumerable<ReportPart> Parts(IReadOnlyList<RunSummary> runs, DateTimeOffset now, bool withHistory)
    {
        yield return new ReportTable(Headers, [.. runs.Select(run => Row(run, now))]);
        foreach (var run in runs.Where(run => run.Problem is not null)) yield return new ReportLine($"{NameOf(run)}: {run.Problem}");
        if (!withHistory) yield break;
        foreach (var run in runs)
        {
            yield return new ReportLine("");
            yield return new ReportLine($"{NameOf(run)}: {run.Folder}");
            yield return new ReportTable(HistoryHeaders, [.. run.History.Select(HistoryRow)]);
        }
    }

    private static IReadOnlyList<string> Row(RunSummary run, DateTimeOffset now) =>
    [
        NameOf(run), Word(run.State), EpochOf(run), run.LastEpoch is { } e ? JsonValues.Text(e.TrainLoss) : "-",
        run.Result is { } result ? JsonValues.Text(result.MeanDice) : run.LastEpoch is { } last ? JsonValues.Text(last.EmaDice) : "-",
        run.Heard is { } heard ? $"{Durations.Text(Positive(now - heard))} ago" : "-", More(run),
    ];

    private static IReadOnlyList<string> HistoryRow(Recorded recorded) =>
        [When(recorded.At), HistoryText.What(recorded), recorded.Event is { } happened ? HistoryText.More(happened) : "written by a newer version of ActorSeg"];

    private static string NameOf(RunSummary run) => run.Name is not { } name ? run.Folder
        : $"{name.Dataset} {name.Configuration} {name.Fold}"
            + (name.Trainer == "nnUNetTrainer" ? "" : $" -tr {name.Trainer}") + (name.Plans == "nnUNetPlans" ? "" : $" -p {name.Plans}");

    private static string EpochOf(RunSummary run)
    {
        var epochs = run.Epochs ?? 0;
        var done = (run.LastEpoch?.Epoch + 1 ?? 0).ToString(CultureInfo.InvariantCulture);
        return epochs > 0 ? string.Create(CultureInfo.InvariantCulture, $"{done} of {epochs}") : done;
    }

    private static string More(RunSummary run) => run.State switch
    {
        RunState.Running or RunState.Paused => $"{run.Owner}" + (run.Progress is { } p ? string.Create(CultureInfo.InvariantCulture, $": {p.Stage} {p.Done}/{p.Total}{(p.Detail is { } d ? $", {d}" : "")}") : ""),
        RunState.Failed => run.Why ?? "",
        RunState.Stopped or RunState.Interrupted => run.Checkpoint is var (epoch, iteration)
            ? string.Create(CultureInfo.InvariantCulture, $"at epoch {epoch}, iteration {iteration}; the same command goes on") : "before its first checkpoint; the same command begins again",
        _ => "",
    };

    private static JsonObject Json(RunSummary run, bool withHistory)
    {
        var json = new JsonObject
        {
            ["dataset"] = run.Name?.Dataset,
            ["configuration"] = run.Name?.Configuration,
            ["fold"] = run.Name?.Fold,
            ["trainer"] = run.Name?.Trainer,
            ["plans"] = run.Name?.Plans,
            ["folder"] = run.Folder,
            ["state"] = Word(run.State),
            ["why"] = run.Why,
            ["heard"] = run.Heard,
            ["pid"] = run.Owner?.Pid,
            ["host"] = run.Owner?.Host,
            ["since"] = run.Owner?.Since,
            ["epochs"] = run.Epochs,
            ["epoch"] = run.Position?.Epoch,
            ["iteration"] = run.Position?.Iteration,
            ["checkpoint"] = run.Checkpoint is var (epoch, iteration) ? new JsonObject { ["epoch"] = epoch, ["iteration"] = iteration } : null,
            ["last_epoch"] = run.LastEpoch is { } last ? Fields(last) : null,
            ["progress"] = run.Progress is { } p
                ? new JsonObject { ["at"] = p.At, ["stage"] = p.Stage, ["done"] = p.Done, ["total"] = p.Total, ["detail"] = p.Detail } : null,
            ["dice"] = run.Result is { } result ? JsonValues.Dice(result.Dice) : null,
            ["mean_dice"] = run.Result is { } scored ? JsonValues.Number(scored.MeanDice) : null,
            ["problem"] = run.Problem,
        };
        if (withHistory) json["history"] = JsonValues.Array(run.History, Json);
        return json;
    }

    private static JsonObject Json(Recorded recorded)
    {
        var json = new JsonObject { ["at"] = recorded.At, ["owner"] = recorded.Owner, ["event"] = recorded.Name };
        if (recorded.Event is { } happened)
            foreach (var (key, value) in Fields(happened))
                json[key] = value?.DeepClone();
        return json;
    }

    private static JsonObject Fields(RunEvent happened) => JsonValues.Finite(happened.Fields());

    private static string Word(RunState state) => state.ToString().ToLowerInvariant();

    private static string When(DateTimeOffset at) => at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static TimeSpan Positive(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time;
}
