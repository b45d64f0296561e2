using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;

namespace ActorSeg.Host.Rendering;

/// <summary>Where a run was when it did as it was told. The keys of the JSON are public: docs/cli.md lists them.</summary>
internal static class ControlReport
{
    /// <summary>The answer of a run.</summary>
    public static Report Of(RunSummary run, RunPosition at)
    {
        var json = new JsonObject
        {
            ["folder"] = run.Folder,
            ["state"] = at.State,
            ["epoch"] = at.Epoch,
            ["iteration"] = at.Iteration,
            ["epochs"] = at.Epochs,
            ["learning_rate"] = at.LearningRate,
            ["weights_sha256"] = at.WeightsSha256,
        };
        return new Report(json, [new ReportLine($"{run.Folder}: {Text(at)}")], []);
    }

    private static string Text(RunPosition at) => at.State + (at.Epoch is null ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $" at epoch {at.Epoch}, iteration {at.Iteration} of {at.Epochs} epochs, learning rate {at.LearningRate:0.########}{(at.WeightsSha256 is { } sha ? $"; checkpoint written, weights {sha[..Math.Min(sha.Length, 12)]}" : "")}"));
}
