using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Host.Rendering;

/// <summary>What a checkpoint holds.</summary>
internal static class CheckpointReport
{
    private static readonly JsonSerializerOptions Style = new(Report.JsonStyle)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static Report Of(CheckpointDescription d)
    {
        var (trainer, configuration) = (d.Trainer ?? "no trainer", d.Configuration ?? "no configuration");
        var json = JsonSerializer.SerializeToNode(d, Style)!.AsObject();
        return new Report(
            json,
            [
                new ReportLine($"{d.Format}: {trainer}, {configuration}, fold {d.Fold ?? "-"}, next epoch {d.Epoch}, iteration {d.Iteration}"),
                new ReportLine($"weights sha256 {d.WeightsSha256}"),
                new ReportLine(d.HasOptimizer ? "with optimizer state" : "without optimizer state"),
                new ReportTable(["parameter", "shape", "dtype"], [.. d.Parameters.Select(p => (IReadOnlyList<string>)[p.Name, Shape(p.Shape), p.Dtype])]),
            ],
            []);
    }

    private static string Shape(IReadOnlyList<long> shape) => string.Join("x", shape.Select(s => s.ToString(CultureInfo.InvariantCulture)));
}
