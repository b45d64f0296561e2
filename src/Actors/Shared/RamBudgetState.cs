using System.Collections.Immutable;

namespace ActorSeg.Actors.Shared;

/// <summary>Who holds how many bytes, and who waits, in order. Pure: holders are actor paths.</summary>
/// <param name="Total">That may be held by several at once.</param>
/// <param name="Alone">That one may hold when nobody else holds anything; at least <paramref name="Total"/>.</param>
internal sealed record RamBudgetState(long Total, long Alone)
{
    public ImmutableDictionary<string, long> Held { get; private init; } = ImmutableDictionary<string, long>.Empty;
    public ImmutableList<(string Holder, long Bytes)> Waiting { get; private init; } = [];

    /// <summary>Held by workers that hang: not to be counted on until they end.</summary>
    public ImmutableDictionary<string, long> Lost { get; private init; } = ImmutableDictionary<string, long>.Empty;

    public long Free => Total - Held.Values.Sum() - Lost.Values.Sum();

    /// <summary>The most that can be granted one day.</summary>
    public long Most => Alone - Lost.Values.Sum();

    /// <summary>A new request takes the place of whatever the holder asked for or held: asking twice is asking once.</summary>
    public RamBudgetState Requested(string holder, long bytes) => Released(holder) with { Waiting = Waiting.RemoveAll(w => w.Holder == holder).Add((holder, bytes)) };

    public RamBudgetState Released(string holder) =>
        this with { Held = Held.Remove(holder), Lost = Lost.Remove(holder), Waiting = Waiting.RemoveAll(w => w.Holder == holder) };

    /// <summary>What the holder has is written off until it is released.</summary>
    public RamBudgetState Abandoned(string holder) => Released(holder) with { Lost = Held.TryGetValue(holder, out var bytes) ? Lost.SetItem(holder, bytes) : Lost };

    /// <summary>
    /// Grants from the front of the queue while there is room. Strictly in order: a large case is not starved by small ones; one that is too large to share
    /// waits until it is alone.
    /// </summary>
    public (RamBudgetState Next, ImmutableList<(string Holder, long Bytes)> Granted) Grant()
    {
        var next = this;
        var granted = ImmutableList<(string, long)>.Empty;
        while (!next.Waiting.IsEmpty && next.HasRoom(next.Waiting[0].Bytes))
        {
            var (holder, bytes) = next.Waiting[0];
            next = next with { Waiting = next.Waiting.RemoveAt(0), Held = next.Held.SetItem(holder, next.Held.GetValueOrDefault(holder) + bytes) };
            granted = granted.Add((holder, bytes));
        }

        return (next, granted);
    }

    private bool HasRoom(long bytes) => bytes <= Free || (Held.IsEmpty && bytes <= Most);
}
