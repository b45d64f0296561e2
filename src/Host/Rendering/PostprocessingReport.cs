using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Postprocessing;

namespace ActorSeg.Host.Rendering;

/// <summary>What was found to help a folder of predictions.</summary>
internal static class PostprocessingReport
{
    /// <summary>Adds it to a result.</summary>
    public static void Add(PostprocessingResult result, JsonObject json, List<ReportPart> parts)
    {
        json["file"] = result.File;
        json["steps"] = JsonValues.Array(result.Steps, Labels);
        json["mean_dice"] = JsonValues.Number(result.Before);
        json["mean_dice_postprocessed"] = JsonValues.Number(result.After);
        json["decisions"] = JsonValues.Texts(result.Decisions);
        parts.AddRange(result.Decisions.Select(sentence => new ReportLine(sentence)));
        parts.Add(new ReportLine($"Dice {JsonValues.Text(result.Before)}, postprocessed {JsonValues.Text(result.After)}: {result.File}"));
    }

    /// <summary>The labels whose largest component is kept.</summary>
    public static JsonArray Labels(PostprocessingStep step) => JsonValues.Array(step.Labels, label => JsonValue.Create(label));
}
