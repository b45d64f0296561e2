using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Files;

/// <summary>A value that is not what it was.</summary>
/// <param name="Key">Dotted, such as <c>configurations.3d_fullres.patch_size</c>.</param>
/// <param name="Before">As JSON, shortened; empty where there was none.</param>
/// <param name="Now">As JSON, shortened; empty where there is none.</param>
public sealed record ValueChange(string Key, string Before, string Now)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key} was {Shown(Before)} and is {Shown(Now)}";

    private static string Shown(string value) => value.Length == 0 ? "missing" : value;
}

/// <summary>Compares JSON documents by value: 1 and 1.0 are the same number, keys have no order, a missing key is null.</summary>
internal static class JsonDifference
{
    private const int LongestShown = 80;

    /// <summary>Every leaf that differs, in the order of the first document; lists are leaves.</summary>
    /// <param name="key">Where the two stand.</param>
    /// <param name="before">The first.</param>
    /// <param name="now">The second.</param>
    public static IEnumerable<ValueChange> Between(string key, JsonNode? before, JsonNode? now)
    {
        if (before is JsonObject a && now is JsonObject b)
            return a.Select(entry => entry.Key).Union(b.Select(entry => entry.Key)).SelectMany(name => Between($"{key}.{name}", a[name], b[name]));
        return AreEqual(before, now) ? [] : [new ValueChange(key, Text(before), Text(now))];
    }

    private static bool AreEqual(JsonNode? a, JsonNode? b) => (a, b) switch
    {
        (null, null) => true,
        (JsonArray x, JsonArray y) => x.Count == y.Count && x.Zip(y).All(pair => AreEqual(pair.First, pair.Second)),
        (JsonObject x, JsonObject y) => !Between("", x, y).Any(),
        (JsonValue x, JsonValue y) => x.GetValueKind() == y.GetValueKind() && (x.GetValueKind() == JsonValueKind.Number ? Number(x).Equals(Number(y)) : Text(x) == Text(y)),
        _ => false,
    };

    private static double Number(JsonValue value) =>
        value.TryGetValue<JsonElement>(out var element) ? element.GetDouble() : Convert.ToDouble(value.GetValue<object>(), System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(JsonNode? node)
    {
        if (node is null) return "";
        var text = node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && !double.IsFinite(Number(value)) ? NnUnetJson.Float(Number(value)) : node.ToJsonString();
        return text.Length <= LongestShown ? text : $"{text[..(LongestShown - 3)]}...";
    }
}
