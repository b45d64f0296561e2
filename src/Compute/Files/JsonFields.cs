using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Files;

/// <summary>
/// The keys of one JSON object, read with types. Every failure is a <see cref="DataException"/> that names the file, the dotted key, what was
/// found and what was wanted.
/// </summary>
/// <param name="node">The object.</param>
/// <param name="file">Named in errors.</param>
/// <param name="path">Where in the document the object is: empty, or ending in a dot.</param>
internal sealed class JsonFields(JsonObject node, string file, string path = "")
{
    public JsonObject Node => node;

    public string File => file;

    public bool Has(string key) => node[key] is not null;

    public JsonFields Object(string key) => new(Need(key) as JsonObject ?? throw Wrong(key, "an object"), file, $"{path}{key}.");

    public string Text(string key) => AsText(Need(key)) ?? throw Wrong(key, "a text");

    public string? TextOrNull(string key) => Has(key) ? Text(key) : null;

    public bool Flag(string key, bool otherwise) =>
        !Has(key) ? otherwise : node[key] is JsonValue v && v.TryGetValue<bool>(out var flag) ? flag : throw Wrong(key, "true or false");

    public int Int(string key, int least, int most) =>
        AsInt(Need(key)) is { } n && n >= least && n <= most ? n : throw Wrong(key, $"a whole number from {least} to {most}");

    public double Number(string key) => AsNumber(Need(key)) ?? throw Wrong(key, "a number");

    public JsonArray List(string key) => Need(key) as JsonArray ?? throw Wrong(key, "a list");

    public IReadOnlyList<int> Ints(string key, int least, int most) =>
        [.. List(key).Select(item =>
            AsInt(item) is { } n && n >= least && n <= most ? n : throw Wrong(key, $"a list of whole numbers from {least} to {most}"))];

    public IReadOnlyList<double> Numbers(string key) => [.. List(key).Select(item => AsNumber(item) ?? throw Wrong(key, "a list of numbers"))];

    public IReadOnlyList<string> Texts(string key) => [.. List(key).Select(item => AsText(item) ?? throw Wrong(key, "a list of texts"))];

    public IReadOnlyList<bool> Flags(string key) =>
        [.. List(key).Select(item => item is JsonValue v && v.TryGetValue<bool>(out var flag) ? flag : throw Wrong(key, "a list of true and false"))];

    public DataException Wrong(string key, string wanted)
    {
        var found = node[key] is { } value ? Shorten(value) : "null";
        return new DataException(file, $"key '{path}{key}' is {found}, wanted {wanted}", "correct it");
    }

    public DataException Missing(string key, string advice = "add it, or write the file again with the step that makes it") =>
        new(file, $"has no key '{path}{key}'", advice);

    /// <summary>A number of any .NET type, whole or not; null when it is none.</summary>
    public static double? AsNumber(JsonNode? item)
    {
        if (item is not JsonValue value || value.GetValueKind() != JsonValueKind.Number) return null;
        if (value.TryGetValue<double>(out var d)) return d;
        if (value.TryGetValue<int>(out var i)) return i;
        if (value.TryGetValue<long>(out var l)) return l;
        return value.TryGetValue<float>(out var f) ? f : null;
    }

    /// <summary>A number without a fraction; null when it is none or does not fit.</summary>
    public static int? AsInt(JsonNode? item) => AsNumber(item) is { } d && d == Math.Floor(d) && Math.Abs(d) <= int.MaxValue ? (int)d : null;

    public static string? AsText(JsonNode? item) => item is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Shorten(JsonNode value)
    {
        var text = NnUnetJson.Write(value, sortKeys: false).ReplaceLineEndings(" ");
        return text.Length <= 60 ? text : $"{text[..57]}...";
    }

    private JsonNode Need(string key) => node[key] ?? throw Missing(key);
}
