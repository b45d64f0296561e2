using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Files;

/// <summary>
/// JSON as nnU-Net's Python writes and reads it (spec 01 section 11): indented by four, floats in Python's shortest form, the tokens
/// <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, everything outside ASCII escaped. Files of equal content are equal byte for byte.
/// </summary>
public static class NnUnetJson
{
    private const long MaximalFileBytes = 1L << 28;

    // Not-a-number tokens travel through the strict parser as strings that begin with this private-use character.
    private const char TokenMark = '\uF8FF';

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>The text of a document, without a line end after the last bracket.</summary>
    /// <param name="node">What to write; numbers made from .NET floats get a decimal point, those made from integers none.</param>
    /// <param name="sortKeys">Whether keys are sorted at all levels (nnU-Net's default; off for dataset.json and plans).</param>
    public static string Write(JsonNode node, bool sortKeys)
    {
        var text = new StringBuilder();
        Append(text, node, sortKeys, 0);
        return text.ToString();
    }

    /// <summary>Reads a file; numbers can be asked for as any numeric type they fit, not-a-number tokens as <c>double</c>.</summary>
    /// <exception cref="DataException">The file is missing, larger than 256 MiB, or not JSON.</exception>
    public static JsonNode Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) throw new DataException(path, "is not there", "check the path, or run the step that writes it");
            if (file.Length > MaximalFileBytes)
                throw new DataException(path, $"holds {file.Length} bytes", "no JSON file of nnU-Net is larger than 256 MiB; check what it is");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, $"cannot be read ({e.Message})", "check the path and its permissions", e);
        }
    }

    /// <summary>As <see cref="Read"/>, and the document must be an object.</summary>
    /// <exception cref="DataException">As <see cref="Read"/>, or the document is a list or a bare value.</exception>
    public static JsonObject ReadObject(string path) =>
        Read(path) as JsonObject ?? throw new DataException(path, "does not hold a JSON object", "it must begin with '{'");

    /// <summary>Parses text; <paramref name="file"/> is only named in errors.</summary>
    /// <exception cref="DataException">The text is not JSON, repeats a key, or is nested deeper than 64.</exception>
    public static JsonNode Parse(string text, string file)
    {
        try
        {
            var marked = MarkTokens(text);
            var node = JsonNode.Parse(marked ?? text, documentOptions: Options)
                ?? throw new DataException(file, "holds only null", "write an object or a list");
            return marked is null ? node : Unmark(node);
        }
        catch (JsonException e)
        {
            throw new DataException(file, $"is not valid JSON ({e.Message})", "repair the file at that place", e);
        }
    }

    /// <summary>A float as Python's <c>repr</c> writes it: <c>1.0</c>, <c>1e-05</c>, <c>1e+16</c>, <c>NaN</c>.</summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "Infinity" : "-Infinity";
        if (value == 0) return double.IsNegative(value) ? "-0.0" : "0.0";
        var (digits, point) = Digits(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : "";
        if (point is <= -4 or > 16)
        {
            var exponent = point - 1;
            var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
            return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
        }

        if (point <= 0) return $"{sign}0.{new string('0', -point)}{digits}";
        return digits.Length <= point ? $"{sign}{digits.PadRight(point, '0')}.0" : $"{sign}{digits[..point]}.{digits[point..]}";
    }

    // Significant digits without zeros at either end, and where the decimal point stands before or in them.
    private static (string Digits, int Point) Digits(string text)
    {
        var e = text.IndexOf('E');
        var exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? text : text[..e];
        var dot = mantissa.IndexOf('.');
        var point = (dot < 0 ? mantissa.Length : dot) + exponent;
        var digits = dot < 0 ? mantissa : mantissa.Remove(dot, 1);
        var leading = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), point - leading);
    }

    private static void Append(StringBuilder text, JsonNode? node, bool sortKeys, int depth)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject { Count: 0 }:
                text.Append("{}");
                break;
            case JsonArray { Count: 0 }:
                text.Append("[]");
                break;
            case JsonObject map:
                var entries = sortKeys ? map.OrderBy(e => e.Key, CodePointOrder.Instance) : map.AsEnumerable();
                text.Append('{');
                foreach (var (entry, index) in entries.Select((entry, index) => (entry, index)))
                {
                    NewLine(text, index, depth + 1);
                    AppendString(text, entry.Key);
                    text.Append(": ");
                    Append(text, entry.Value, sortKeys, depth + 1);
                }

                NewLine(text, 0, depth);
                text.Append('}');
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    NewLine(text, i, depth + 1);
                    Append(text, list[i], sortKeys, depth + 1);
                }

                NewLine(text, 0, depth);
                text.Append(']');
                break;
            default:
                AppendValue(text, node.AsValue());
                break;
        }
    }

    private static void NewLine(StringBuilder text, int index, int depth) => text.Append(index > 0 ? ",\n" : "\n").Append(' ', 4 * depth);

    private static void AppendValue(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                AppendString(text, value.GetValue<string>());
                break;
            case JsonValueKind.Number when value.TryGetValue<JsonElement>(out var element):
                var raw = element.GetRawText();
                text.Append(raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? raw : Float(element.GetDouble()));
                break;
            case JsonValueKind.Number when value.TryGetValue<double>(out var number):
                text.Append(Float(number));
                break;
            case JsonValueKind.Number when value.TryGetValue<float>(out var single):
                text.Append(Float(single));
                break;
            default:
                text.Append(value.ToJsonString());
                break;
        }
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or > '~' and not '\u007f' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        text.Append('"');
    }

    // null when there is nothing to mark, which is the usual case.
    private static string? MarkTokens(string text)
    {
        if (!text.Contains("NaN", StringComparison.Ordinal) && !text.Contains("Infinity", StringComparison.Ordinal)) return null;
        var marked = new StringBuilder(text.Length + 64);
        var inString = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (inString)
            {
                if (text[i] == '\\' && i + 1 < text.Length) marked.Append(text[i++]);
                else if (text[i] == '"') inString = false;
                marked.Append(text[i]);
                continue;
            }

            var token = text[i] switch { 'N' => "NaN", 'I' => "Infinity", '-' => "-Infinity", _ => null };
            if (token is not null && string.CompareOrdinal(text, i, token, 0, token.Length) == 0)
            {
                marked.Append('"').Append(TokenMark).Append(token).Append('"');
                i += token.Length - 1;
                continue;
            }

            inString = text[i] == '"';
            marked.Append(text[i]);
        }

        return marked.ToString();
    }

    private static JsonNode Unmark(JsonNode node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var key in map.Select(e => e.Key).ToArray())
                    if (map[key] is { } child && Unmark(child) is var plain && !ReferenceEquals(plain, child))
                        map[key] = plain;
                return map;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    if (list[i] is { } child && Unmark(child) is var plain && !ReferenceEquals(plain, child))
                        list[i] = plain;
                return list;
            case JsonValue value when value.TryGetValue<string>(out var text) && text.Length > 1 && text[0] == TokenMark:
                return JsonValue.Create(text[1] switch { 'N' => double.NaN, 'I' => double.PositiveInfinity, _ => double.NegativeInfinity });
            default:
                return node;
        }
    }

    // Python sorts text by code point; .NET's ordinal order is by UTF-16 unit, which differs beyond the basic plane.
    private sealed class CodePointOrder : IComparer<string>
    {
        public static readonly CodePointOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            using var a = x!.EnumerateRunes().GetEnumerator();
            using var b = y!.EnumerateRunes().GetEnumerator();
            while (true)
            {
                var (more, moreOther) = (a.MoveNext(), b.MoveNext());
                if (!more || !moreOther) return more.CompareTo(moreOther);
                if (a.Current.CompareTo(b.Current) is var order && order != 0) return order;
            }
        }
    }
}
