using System.Globalization;
using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Planning;

/// <summary>Why a value of the plans came out as it did.</summary>
/// <param name="Configuration">Its configuration; empty for keys of the plans as a whole.</param>
/// <param name="Key">Key in the plans.</param>
/// <param name="Rule">The rule, as a sentence with its numbers (spec 02).</param>
/// <param name="Numbers">The numbers it was applied to, by name.</param>
public sealed record PlanReason(string Configuration, string Key, string Rule, JsonObject Numbers);

/// <summary>Collects reasons while a planner plans. A configuration that is planned again (the search for 3d_lowres) replaces its own.</summary>
public sealed class PlanReasons
{
    private readonly List<PlanReason> _all = [];

    /// <summary>In the order they were found.</summary>
    public IReadOnlyList<PlanReason> All => _all;

    /// <summary>The reason of a key; null where none was noted.</summary>
    public PlanReason? Of(string configuration, string key) => _all.Find(r => r.Configuration == configuration && r.Key == key);

    /// <summary>Notes a reason, in place of one noted before.</summary>
    internal void Add(string configuration, string key, string rule, params (string Name, JsonNode? Value)[] numbers)
    {
        _all.RemoveAll(r => r.Configuration == configuration && r.Key == key);
        _all.Add(new PlanReason(configuration, key, rule, new JsonObject(numbers.Select(n => KeyValuePair.Create(n.Name, n.Value)))));
    }

    /// <summary>Forgets a configuration that was dropped.</summary>
    internal void Drop(string configuration) => _all.RemoveAll(r => r.Configuration == configuration);

    /// <summary>Numbers of axes, such as <c>3 x 0.5 x 0.5</c>.</summary>
    internal static string Text(IEnumerable<double> values) => string.Join(" x ", values.Select(Text));

    /// <summary>A number in few digits.</summary>
    internal static string Text(double value) => value.ToString(Math.Abs(value) >= 1e6 ? "#,0" : "G6", CultureInfo.InvariantCulture);

    /// <summary>Numbers as JSON.</summary>
    internal static JsonArray List(IEnumerable<double> values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
