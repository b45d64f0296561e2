using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Shared;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Rendering;

/// <summary>The supervision tree with its rules.</summary>
internal static class SupervisionReport
{
    private const string Indent = "  ";

    /// <summary>The rules as a tree of paths.</summary>
    /// <param name="rules">In the order of the tree.</param>
    /// <param name="names">Their names under <c>actorseg.supervision</c>, in the same order.</param>
    public static Report Of(IReadOnlyList<SupervisionRule> rules, IReadOnlyList<string> names)
    {
        var json = new JsonObject { ["supervision"] = JsonValues.Array(names.Zip(rules, Json), rule => rule) };
        return new Report(json, [.. Tree(rules, "", 0).Select(line => new ReportLine(line))], []);
    }

    private static JsonObject Json(string name, SupervisionRule rule) => new()
    {
        ["name"] = name,
        ["path"] = rule.Path,
        ["actor"] = rule.Actor,
        ["failure"] = rule.Failure,
        ["tries"] = rule.Tries,
        ["window"] = SettingKinds.Duration(rule.Window),
        ["backoff"] = SettingKinds.Duration(rule.Backoff),
        ["then"] = rule.Then,
    };

    // Paths that no rule names (/user, a training as a whole) are lines of the tree as well.
    private static IEnumerable<string> Tree(IReadOnlyList<SupervisionRule> rules, string parent, int depth)
    {
        var below = rules.Where(r => r.Path.StartsWith(parent + "/", StringComparison.Ordinal));
        foreach (var group in below.GroupBy(r => r.Path[(parent.Length + 1)..].Split('/')[0]))
        {
            var (path, at) = ($"{parent}/{group.Key}", string.Concat(Enumerable.Repeat(Indent, depth)));
            var own = group.Where(r => r.Path == path).ToArray();
            yield return $"{at}/{group.Key}{(own.Length > 0 ? $"  ({own[0].Actor})" : "")}";
            foreach (var rule in own) yield return $"{at}{Indent}{Indent}{rule.Failure}: {Tries(rule)}; {rule.Then}";
            foreach (var line in Tree([.. group], path, depth + 1)) yield return line;
        }
    }

    private static string Tries(SupervisionRule rule) => rule.Tries == 0
        ? "not tried again"
        : string.Create(CultureInfo.InvariantCulture, $"{rule.Tries} {(rule.Tries == 1 ? "try" : "tries")}") +
            (rule.Window > TimeSpan.Zero ? $" in {SettingKinds.Duration(rule.Window)}" : "") +
            (rule.Backoff > TimeSpan.Zero ? $", after {SettingKinds.Duration(rule.Backoff)} and then twice as long each time" : "");
}
