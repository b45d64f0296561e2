using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>What a conversion made.</summary>
internal static class ConversionReport
{
    /// <summary>Cases, folder and what was left out.</summary>
    public static Report Of(IReadOnlyList<JobResult> results)
    {
        var made = results.OfType<ConversionResult>().Single().Dataset;
        var json = new JsonObject
        {
            ["dataset"] = Path.GetFileName(made.Folder),
            ["folder"] = made.Folder,
            ["training"] = made.Training,
            ["test"] = made.Test,
            ["warnings"] = JsonValues.Texts(made.Warnings),
        };
        var lines = made.Warnings.Select(warning => new ReportLine($"warning: {warning}"));
        return new Report(json, [new ReportLine($"{made.Training} training and {made.Test} test cases: {made.Folder}"), .. lines], []);
    }
}
