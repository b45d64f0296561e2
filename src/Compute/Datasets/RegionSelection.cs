using System.Globalization;
using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Datasets;

/// <summary>
/// A data set seen as regions: each label that is named becomes a region of its own, with an output of its own, and every other label is background.
/// A region of one label is written twice over, <c>[2, 2]</c>: nnU-Net takes only lists of two and more for regions.
/// </summary>
public static class RegionSelection
{
    /// <summary>The dataset.json of such a view; what does not concern labels stays.</summary>
    /// <param name="json">The data set's own.</param>
    /// <param name="wanted">Labels, by value or by name, in the order of the outputs.</param>
    /// <exception cref="UsageException">A label is not declared, is background or the ignore label, or is named twice; or the data set has regions already.</exception>
    public static DatasetJson Of(DatasetJson json, IReadOnlyList<string> wanted)
    {
        if (json.Labels.HasRegions) throw new UsageException($"--regions makes regions of labels, but {json.File} has regions already; leave the flag out");
        var chosen = wanted.Select(label => Find(json, label)).ToArray();
        if (chosen.GroupBy(label => label.Value).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"--regions names label {twice.Key} twice");
        var labels = new JsonObject { ["background"] = 0 };
        foreach (var (name, value) in chosen) labels[name] = new JsonArray(value, value);
        if (json.Labels.Ignore is { } ignore) labels["ignore"] = ignore;
        var seen = (JsonObject)json.Source.DeepClone();
        seen["labels"] = labels;
        seen["regions_class_order"] = new JsonArray([.. chosen.Select(label => JsonValue.Create(label.Value))]);
        return DatasetJson.Parse(seen, json.File);
    }

    /// <summary>Checks that a dataset.json is such a view of these labels.</summary>
    /// <exception cref="DataException">It has no regions, or others.</exception>
    public static void Require(DatasetJson json, IReadOnlyList<string> wanted)
    {
        var regions = json.Labels.HasRegions ? json.Labels.Named.Where(entry => entry.Key is not ("background" or "ignore")).ToArray() : [];
        bool Covers(KeyValuePair<string, IReadOnlyList<int>> region, string label) =>
            region.Key == label || (region.Value.Distinct().Count() == 1 && region.Value[0].ToString(CultureInfo.InvariantCulture) == label);
        if (regions.Length == wanted.Count && wanted.All(label => regions.Any(region => Covers(region, label)))) return;
        var there = regions.Length == 0 ? "no regions" : $"the regions {string.Join(", ", regions.Select(region => region.Key))}";
        throw new DataException(json.File, $"has {there}, not --regions {string.Join(' ', wanted)}", $"run plan-and-preprocess --regions {string.Join(' ', wanted)} first, or leave the flag out");
    }

    private static (string Name, int Value) Find(DatasetJson json, string label)
    {
        var named = json.Labels.Named.Where(entry => entry.Key is not ("background" or "ignore")).ToArray();
        var byValue = int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        var found = named.Where(entry => byValue ? entry.Value[0] == value : entry.Key == label).ToArray();
        return found.Length > 0 ? (found[0].Key, found[0].Value[0]) : throw new UsageException(
            $"--regions {label} is no structure of {json.File}; there are {string.Join(", ", named.Select(entry => $"{entry.Value[0]} ({entry.Key})"))}");
    }
}
