using System.Text.Json.Nodes;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Host.Rendering;

/// <summary>Plans with the rule and the numbers of each value.</summary>
internal static class PlansReport
{
    private const int LongestValue = 60;

    public static Report Of(string file, IReadOnlyList<ExplainedValue> values)
    {
        var json = new JsonObject { ["file"] = file };
        var parts = new List<ReportPart>();
        foreach (var group in values.GroupBy(v => v.Configuration).OrderBy(g => g.Key.Length > 0))
        {
            var target = group.Key.Length == 0 ? json : new JsonObject();
            foreach (var value in group) target[group.Key.Length == 0 ? $"{value.Key}" : value.Key] = Of(value);
            if (group.Key.Length > 0)
            {
                if (json["configurations"] is not JsonObject { } all || all.ContainsKey("rule")) json["configurations"] = all = Whole(json);
                all[group.Key] = target;
            }

            parts.Add(new ReportTable([group.Key.Length == 0 ? "plans" : group.Key, "value", "why"], [.. group.Select(v => (IReadOnlyList<string>)[v.Key, Short(v.Value), v.Rule])]));
        }

        return new Report(json, parts, []);
    }

    // What says which configurations there are keeps a place of its own beside them.
    private static JsonObject Whole(JsonObject json)
    {
        if (json["configurations"] is { } which) json["which_configurations"] = which.DeepClone();
        return [];
    }

    private static JsonObject Of(ExplainedValue value) => new()
    {
        ["value"] = value.Value?.DeepClone(),
        ["rule"] = value.Rule,
        ["numbers"] = value.Numbers.DeepClone(),
        ["as_planned"] = value.AsPlanned,
    };

    private static string Short(JsonNode? value)
    {
        if (value is JsonObject { } map && map["arch_kwargs"] is JsonObject arguments)
            return $"{map["network_class_name"]?.ToString().Split('.')[^1]}, {arguments["n_stages"]} stages";
        var text = value switch { null => "null", JsonValue v when v.GetValueKind() == System.Text.Json.JsonValueKind.String => v.ToString(), _ => value.ToJsonString() };
        return text.Length <= LongestValue ? text : $"{text[..LongestValue]}...";
    }
}
