using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>JSON documents as Python's json module would hold them in a pickle, and back.</summary>
public static class PickleJson
{
    /// <summary>
    /// A dict, list or plain value for a JSON node. Numbers written with a point or exponent, and those made from .NET floats, become floats; others integers.
    /// </summary>
    /// <exception cref="ArgumentException">A number that is neither a 64-bit integer nor a float.</exception>
    public static object? FromJson(JsonNode? node)
    {
        switch (node)
        {
            case null: return null;
            case JsonArray array: return array.Select(FromJson).ToList();
            case JsonObject map:
                var dict = new PickleDict();
                foreach (var (key, value) in map) dict.Add(key, FromJson(value));
                return dict;
        }

        var leaf = node.AsValue();
        if (leaf.TryGetValue(out JsonElement element))
        {
            return element.ValueKind switch
            {
                JsonValueKind.String => element.GetString(),
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.Null => null,
                _ when element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') => element.GetDouble(),
                _ => element.TryGetInt64(out var integer) ? (object)integer : element.GetDouble(),
            };
        }

        return leaf.GetValue<object>() switch
        {
            string text => text,
            bool flag => flag,
            double number => number,
            float number => number,
            decimal number => (double)number,
            IConvertible number => number.ToInt64(CultureInfo.InvariantCulture),
            var other => throw new ArgumentException($"a JSON value of type {other.GetType().Name} cannot be pickled", nameof(node)),
        };
    }

    /// <summary>The JSON node of a plain value; tuples become arrays, integer keys text, numpy scalars numbers.</summary>
    /// <exception cref="DataException">A tensor, bytes or another value that JSON cannot hold.</exception>
    public static JsonNode? ToJson(object? value, string source) => value switch
    {
        null => null,
        bool flag => JsonValue.Create(flag),
        long number => JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture)),
        double number => Float(number),
        string text => JsonValue.Create(text),
        NumpyScalar scalar => ToJson(PlainValues.Of(scalar), source),
        List<object?> list => new JsonArray([.. list.Select(item => ToJson(item, source))]),
        PickleTuple tuple => new JsonArray([.. tuple.Items.Select(item => ToJson(item, source))]),
        PickleDict dict => ToObject(dict, source),
        _ => throw new DataException(source, $"holds {PickleFields.Shown(value)} among its plans or dataset.json",
            "use a checkpoint that nnU-Net or ActorSeg wrote"),
    };

    /// <summary>As <see cref="ToJson"/>, for a dict.</summary>
    public static JsonObject ToObject(PickleDict dict, string source)
    {
        var map = new JsonObject();
        foreach (var (key, value) in dict.Entries) map[Convert.ToString(key, CultureInfo.InvariantCulture) ?? ""] = ToJson(value, source);
        return map;
    }

    // Numbers as a parser makes them: they can be asked for as any type they fit, and a float keeps its point.
    private static JsonNode? Float(double value)
    {
        if (!double.IsFinite(value)) return JsonValue.Create(value);
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
    }
}
