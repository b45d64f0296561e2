using System.Collections.Immutable;
using ActorSeg.Actors.Shared;

namespace ActorSeg.Actors.Training;

/// <summary>A stage that has been at one piece of work for too long.</summary>
/// <param name="Stage">Which.</param>
/// <param name="What">It does, in words.</param>
/// <param name="Since">How long.</param>
/// <param name="Limit">How long it may.</param>
internal sealed record Hang(string Stage, string What, TimeSpan Since, TimeSpan Limit);

/// <summary>Which stages are at work since when, and which of them hang. What a stage waits for is another's work, and no hang of its own. Pure.</summary>
internal sealed record Watchdog
{
    private static readonly TimeSpan OftenAtMost = TimeSpan.FromMilliseconds(20), SeldomAtMost = TimeSpan.FromSeconds(30);

    private ImmutableDictionary<string, LearnedLimit> Limits { get; init; } = ImmutableDictionary<string, LearnedLimit>.Empty;
    private ImmutableDictionary<string, (string What, TimeSpan Begun)> AtWork { get; init; } = ImmutableDictionary<string, (string, TimeSpan)>.Empty;

    /// <summary>With the limit of each stage.</summary>
    public static Watchdog Of(params ReadOnlySpan<(string Stage, TimeSpan Limit)> limits)
    {
        var all = ImmutableDictionary<string, LearnedLimit>.Empty;
        foreach (var (stage, limit) in limits) all = all.SetItem(stage, new LearnedLimit(limit));
        return new Watchdog { Limits = all };
    }

    /// <summary>How often it is worth looking.</summary>
    public TimeSpan Every
    {
        get
        {
            var often = Limits.Values.Min(l => l.Floor) / 4;
            return often < OftenAtMost ? OftenAtMost : often > SeldomAtMost ? SeldomAtMost : often;
        }
    }

    /// <summary>A stage begins with something.</summary>
    public Watchdog Begun(string stage, string what, TimeSpan now) => this with { AtWork = AtWork.SetItem(stage, (what, now)) };

    /// <summary>It is done with that, and how long it took is learned from.</summary>
    public Watchdog Ended(string stage, TimeSpan now) => AtWork.TryGetValue(stage, out var work)
        ? this with { AtWork = AtWork.Remove(stage), Limits = Limits.SetItem(stage, Limits[stage].Took(now - work.Begun)) }
        : this;

    /// <summary>The stage is gone with what it did.</summary>
    public Watchdog Gone(string stage) => this with { AtWork = AtWork.Remove(stage) };

    /// <summary>The stages that hang, each told once.</summary>
    public (Watchdog Next, ImmutableList<Hang> Hanging) Look(TimeSpan now)
    {
        var hanging = AtWork.Where(w => now - w.Value.Begun > Limits[w.Key].Limit)
            .Select(w => new Hang(w.Key, w.Value.What, now - w.Value.Begun, Limits[w.Key].Limit)).OrderBy(h => h.Stage, StringComparer.Ordinal).ToImmutableList();
        return hanging.IsEmpty ? (this, hanging) : (this with { AtWork = AtWork.RemoveRange(hanging.Select(h => h.Stage)) }, hanging);
    }
}
