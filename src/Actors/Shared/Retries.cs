using System.Collections.Immutable;

namespace ActorSeg.Actors.Shared;

/// <summary>How often children failed within their rule's window. Pure.</summary>
internal sealed record Retries(SupervisionTable Table)
{
    private ImmutableDictionary<string, ImmutableList<DateTimeOffset>> Failures { get; init; } = ImmutableDictionary<string, ImmutableList<DateTimeOffset>>.Empty;

    /// <summary>Counts a failure. Gives the pause before the next try, or null when the tries are spent.</summary>
    public (Retries Next, TimeSpan? Pause) Failed(string name, DateTimeOffset now)
    {
        var rule = Table[name];
        var recent = Failures.GetValueOrDefault(name, []).RemoveAll(t => rule.Window > TimeSpan.Zero && now - t > rule.Window).Add(now);
        var next = this with { Failures = Failures.SetItem(name, recent) };
        return (next, recent.Count > rule.Tries ? null : rule.Backoff * Math.Pow(2, recent.Count - 1));
    }
}
