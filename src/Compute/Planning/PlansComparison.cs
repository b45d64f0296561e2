using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

/// <summary>
/// Which values make a training of one configuration another training. Left out is what describes (median sizes, who planned), what other configurations
/// say, where results go next, and the batch size, which a command may change by itself.
/// </summary>
public static class PlansComparison
{
    private static readonly string[] Shared =
    [
        "image_reader_writer", "label_manager", "transpose_forward", "transpose_backward", "foreground_intensity_properties_per_channel",
        "foreground_intensity_properties_by_modality",
    ];

    private static readonly string[] Immaterial = ["inherits_from", "median_image_size_in_voxels", "next_stage", "batch_size"];
    private static readonly string[] OfDataset = ["channel_names", "modality", "labels", "regions_class_order"];

    /// <summary>What of two plans differs for a configuration, inheritance resolved.</summary>
    /// <param name="before">The plans a training was begun with; empty knows nothing and differs in nothing.</param>
    /// <param name="now">The plans there are.</param>
    /// <param name="configuration">Its name.</param>
    /// <param name="file">Names the first in errors.</param>
    /// <exception cref="DataException">The first are no plans, or lack the configuration.</exception>
    public static IReadOnlyList<ValueChange> Changes(JsonObject before, JsonObject now, string configuration, string file)
    {
        if (before.Count == 0) return [];
        var (old, current) = (Material(before, configuration, file), Material(now, configuration, file));
        return
        [
            .. Shared.SelectMany(key => JsonDifference.Between(key, before[key], now[key])),
            .. JsonDifference.Between($"configurations.{configuration}", old, current),
        ];
    }

    /// <summary>What of two dataset.json differs for a training: channels, labels and the order of regions.</summary>
    /// <param name="before">The one a training was begun with; empty knows nothing and differs in nothing.</param>
    /// <param name="now">The one there is.</param>
    public static IReadOnlyList<ValueChange> DatasetChanges(JsonObject before, JsonObject now) =>
        before.Count == 0 ? [] : [.. OfDataset.SelectMany(key => JsonDifference.Between(key, before[key], now[key]))];

    private static JsonObject Material(JsonObject plans, string configuration, string file)
    {
        var resolved = ConfigurationJson.Resolve(new JsonFields(plans, file).Object("configurations"), configuration, []);
        foreach (var key in Immaterial) resolved.Remove(key);
        return resolved;
    }
}
