using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Datasets;

public sealed partial record LabelSet
{
    // Label maps are written as uint16 at most.
    private const int LargestLabel = ushort.MaxValue;

    /// <summary>Reads <c>labels</c> and <c>regions_class_order</c> of a dataset.json and checks the rules of spec 01 section 6.1.</summary>
    /// <param name="datasetJson">The whole document.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">A key is missing or a rule is broken.</exception>
    public static LabelSet Parse(JsonObject datasetJson, string file)
    {
        var fields = new JsonFields(datasetJson, file);
        if (!fields.Has("labels")) throw fields.Missing("labels", "add it, for example \"labels\": {\"background\": 0, \"organ\": 1}");
        var labels = fields.Object("labels");
        var named = labels.Node.Select(entry => KeyValuePair.Create(entry.Key, Values(labels, entry.Key))).ToList();
        if (!labels.Has("background") || JsonFields.AsInt(labels.Node["background"]) != 0)
            throw new DataException(file, "does not declare background as label 0", "add \"background\": 0 to 'labels'");

        int? ignore = labels.Has("ignore") ? JsonFields.AsInt(labels.Node["ignore"]) ?? throw labels.Wrong("ignore", "one whole number") : null;
        var all = named.Where(entry => entry.Key != "ignore").SelectMany(entry => entry.Value).Distinct().Order().ToArray();
        // Where regions are the outputs, a label that is in none of them is background and need not be declared.
        var hasRegions = named.Any(entry => entry.Value.Count > 1);
        if (!hasRegions) CheckConsecutive(all, file);
        if (ignore is { } value && (hasRegions ? value <= all[^1] : value != all[^1] + 1))
            throw new DataException(file, $"gives the ignore label the value {value}, wanted {all[^1] + 1}",
                "the ignore label must be the largest label plus one");
        if (all.Length < 2) throw new DataException(file, "declares no label besides background", "name at least one structure in 'labels'");

        var regions = named.Where(entry => entry.Key != "ignore" && entry.Value.Any(label => label != 0))
            .Select(entry => new LabelClass(entry.Value, labels.Node[entry.Key] is JsonArray)).ToArray();
        return new LabelSet
        {
            Named = named,
            All = all,
            Ignore = ignore,
            HasRegions = hasRegions,
            ForegroundClasses = hasRegions ? regions : [.. all.Where(label => label != 0).Select(label => new LabelClass([label], false))],
            RegionsClassOrder = hasRegions ? ClassOrder(fields, regions.Length, all) : [],
        };
    }

    private static IReadOnlyList<int> Values(JsonFields labels, string name)
    {
        if (labels.Node[name] is not JsonArray) return [labels.Int(name, 0, LargestLabel)];
        var values = labels.Ints(name, 0, LargestLabel);
        return values.Count > 0 ? values : throw labels.Wrong(name, "a label or a list of at least one label");
    }

    // Network outputs are counted from 0, so a gap would shift every label behind it.
    private static void CheckConsecutive(int[] all, string file)
    {
        for (var i = 0; i < all.Length; i++)
            if (all[i] != i)
                throw new DataException(file, $"declares labels {string.Join(", ", all)}, which leave out {i}",
                    "number the labels 0, 1, 2, ... without gaps, in dataset.json and in the label maps");
    }

    private static IReadOnlyList<int> ClassOrder(JsonFields fields, int regions, int[] all)
    {
        if (!fields.Has("regions_class_order"))
            throw fields.Missing("regions_class_order", "labels given as lists make regions: add one label a region, in their order");
        var order = fields.Ints("regions_class_order", 1, LargestLabel);
        if (order.Count != regions) throw fields.Wrong("regions_class_order", $"a list of {regions} labels, one a region");
        return order.All(label => all.Contains(label)) ? order : throw fields.Wrong("regions_class_order", "only labels that 'labels' declares");
    }
}
