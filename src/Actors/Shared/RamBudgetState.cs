using System.Collections.Immutable;

namespace ActorSeg.Actors.Shared;

/// <summary>Who holds how many bytes, and who waits, in order. Pure: holders are actor paths.</summary>
internal sealed record RamBudgetState(long Total)
{
    public ImmutableDictionary<string, long> Held { get; private init; } = ImmutableDictionary<string, long>.Empty;
    public ImmutableList<(string Holder, long Bytes)> Waiting { get; private init; } = [];

    public long Free => Total - Held.Values.Sum();

    /// <summary>Whether so many bytes can be granted one day.</summary>
    public bool Fits(long bytes) => bytes <= Total;

    /// <summary>A new request takes the place of whatever the holder asked for or held: asking twice is asking once.</summary>
    public RamBudgetState Requested(string holder, long bytes) => Released(holder) with { Waiting = Waiting.RemoveAll(w => w.Holder == holder).Add((holder, bytes)) };

    public RamBudgetState Released(string holder) => this with { Held = Held.Remove(holder), Waiting = Waiting.RemoveAll(w => w.Holder == holder) };

    /// <summary>Grants from the front of the queue while there is room. Strictly in order: a large case is not starved by small ones.</summary>
    public (RamBudgetState Next, ImmutableList<(string Holder, long Bytes)> Granted) Grant()
    {
        var next = this;
        var granted = ImmutableList<(string, long)>.Empty;
        while (!next.Waiting.IsEmpty && next.Waiting[0].Bytes <= next.Free)
        {
            var (holder, bytes) = next.Waiting[0];
            next = next with { Waiting = next.Waiting.RemoveAt(0), Held = next.Held.SetItem(holder, next.Held.GetValueOrDefault(holder) + bytes) };
            granted = granted.Add((holder, bytes));
        }

        return (next, granted);
    }
}
