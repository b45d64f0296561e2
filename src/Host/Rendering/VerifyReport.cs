using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>What the check of raw data sets found, a row a case.</summary>
internal static class VerifyReport
{
    private const int MostLabels = 12;

    private static readonly string[] Headers =
        ["shape (z, y, x)", "spacing (z, y, x)", "origin (x, y, z)", "direction", "labels", "NaN", "findings"];

    /// <summary>One data set is the object itself, several are a list.</summary>
    public static Report Of(IReadOnlyList<VerifyResult> results)
    {
        var quarantined = results.SelectMany(r => r.Quarantined).ToArray();
        var json = results.Count == 1 ? Json(results[0]) : new JsonObject { ["datasets"] = JsonValues.Array(results, Json) };
        return new Report(json, [.. results.SelectMany(Parts), .. Reports.Quarantine(quarantined)], quarantined)
        {
            DataIsWrong = results.Any(r => r.AllProblems.Any()),
        };
    }

    private static JsonObject Json(VerifyResult result) => new()
    {
        ["dataset"] = result.Dataset,
        ["cases"] = JsonValues.Array(result.Cases, Json),
        ["dataset_problems"] = JsonValues.Texts(result.Problems),
        ["problems"] = result.AllProblems.Count(),
        ["warnings"] = result.AllWarnings.Count(),
        ["fixed"] = JsonValues.Texts(result.AllFixed),
        ["quarantined"] = JsonValues.Array(result.Quarantined, JsonValues.Of),
    };

    private static JsonObject Json(VerifiedCase c) => new()
    {
        ["case"] = c.Case.Value,
        ["shape"] = c.Findings.Shape is { } shape ? JsonValues.Array(shape.ToArray(), n => JsonValue.Create(n)) : null,
        ["spacing"] = c.Findings.Spacing is { } spacing ? JsonValues.Array(spacing.ToArray(), JsonValues.Number) : null,
        ["origin"] = c.Findings.Geometry is { } at ? JsonValues.Array(at.Origin, JsonValues.Number) : null,
        ["direction"] = c.Findings.Geometry is { } geometry ? JsonValues.Array(geometry.Direction, JsonValues.Number) : null,
        ["labels"] = JsonValues.Array(c.Findings.Labels, Label),
        ["nan"] = c.Findings.NaN,
        ["problems"] = JsonValues.Texts(c.Findings.Problems),
        ["warnings"] = JsonValues.Texts(c.Findings.Warnings),
    };

    // Labels are whole numbers, and read as such; what is none is a problem, and shown as it is.
    private static JsonNode? Label(float value) => value == (int)value ? JsonValue.Create((int)value) : JsonValues.Number(value);

    private static IEnumerable<ReportPart> Parts(VerifyResult result)
    {
        yield return new ReportTable([result.Dataset, .. Headers], [.. result.Cases.Select(Row)]);
        foreach (var problem in result.Problems) yield return new ReportLine($"problem: {problem}");
        foreach (var file in result.AllFixed) yield return new ReportLine($"fixed: {file}");
        yield return new ReportLine(
            $"{result.Dataset}: {Count(result.Cases.Count, "case")}, {Count(result.AllProblems.Count(), "problem")}, "
            + $"{Count(result.AllWarnings.Count(), "warning")}, {result.AllFixed.Count()} fixed");
    }

    private static IReadOnlyList<string> Row(VerifiedCase c)
    {
        var found = c.Findings;
        var labels = string.Join(' ', found.Labels.Take(MostLabels).Select(v => v.ToString("G9", CultureInfo.InvariantCulture)));
        return
        [
            c.Case.Value, found.Shape?.ToString() ?? "-", Text(found.Spacing?.ToArray()), Text(found.Geometry?.Origin), Text(found.Geometry?.Direction),
            found.Labels.Count > MostLabels ? $"{labels} and more" : labels, found.NaN.ToString(CultureInfo.InvariantCulture),
            string.Join("; ", [.. found.Problems.Select(p => $"problem: {p}"), .. found.Warnings.Select(w => $"warning: {w}")]),
        ];
    }

    private static string Text(IEnumerable<double>? numbers) =>
        numbers is null ? "-" : string.Join(' ', numbers.Select(n => n.ToString("G5", CultureInfo.InvariantCulture)));

    private static string Count(int count, string what) => $"{count.ToString(CultureInfo.InvariantCulture)} {what}{(count == 1 ? "" : "s")}";
}
