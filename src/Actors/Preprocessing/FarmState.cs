using System.Collections.Immutable;
using ActorSeg.Compute;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>A case waiting or being done, and which try this is.</summary>
internal sealed record CaseWork(CaseId Case, int Attempt = 1);

/// <summary>A case given up, with the cause of its last try.</summary>
internal sealed record GivenUp(CaseId Case, int Tries, Exception Cause);

/// <summary>What the farm knows. Pure: each method takes what happened and gives what is known next; workers are names.</summary>
internal sealed record FarmState(ImmutableList<CaseWork> Waiting, int Tries)
{
    public ImmutableSortedSet<string> Idle { get; private init; } = [];
    public ImmutableDictionary<string, CaseWork> Held { get; private init; } = ImmutableDictionary<string, CaseWork>.Empty;
    public ImmutableDictionary<CaseId, object?> Done { get; private init; } = ImmutableDictionary<CaseId, object?>.Empty;
    public ImmutableList<GivenUp> Quarantined { get; private init; } = [];

    /// <summary>Why no case can be done any more; null while they can.</summary>
    public StorageException? Broken { get; private init; }

    public bool Finished => Waiting.IsEmpty && Held.IsEmpty;

    public int Ended => Done.Count + Quarantined.Count;

    public FarmState Wanted(string worker) => this with { Idle = Idle.Add(worker) };

    public FarmState Succeeded(string worker, CaseId id, int attempt, object? result) =>
        Holds(worker, id, attempt) ? this with { Held = Held.Remove(worker), Done = Done.Add(id, result) } : this;

    /// <summary>
    /// Back to the end of the queue, or, its tries spent or retrying pointless, to quarantine with its last cause. Where results cannot be written the case is
    /// not at fault, and no other would fare better.
    /// </summary>
    public FarmState Failed(string worker, CaseId id, int attempt, Exception cause)
    {
        if (!Holds(worker, id, attempt)) return this;
        var work = Held[worker];
        var rest = this with { Held = Held.Remove(worker) };
        if (attempt >= Tries && cause is StorageException disk) return rest with { Broken = disk, Waiting = Waiting.Insert(0, work) };
        // A file that is wrong stays wrong: trying it again only hides the sentence the user needs.
        return attempt < Tries && cause is not ActorSegException { Kind: FaultKind.Data }
            ? rest with { Waiting = Waiting.Add(work with { Attempt = attempt + 1 }) }
            : rest with { Quarantined = Quarantined.Add(new GivenUp(id, attempt, cause)) };
    }

    /// <summary>
    /// A worker died. The case that it held and had begun counts as one failed try; one that it had not begun is not at fault, and is the next to be dealt.
    /// </summary>
    public FarmState Lost(string worker, bool began, Exception cause)
    {
        var rest = this with { Idle = Idle.Remove(worker) };
        if (!Held.TryGetValue(worker, out var work)) return rest;
        return began ? rest.Failed(worker, work.Case, work.Attempt, cause) : rest with { Held = Held.Remove(worker), Waiting = Waiting.Insert(0, work) };
    }

    /// <summary>Gives each idle worker the next waiting case.</summary>
    public (FarmState Next, ImmutableList<(string Worker, CaseWork Work)> Dealt) Deal()
    {
        var next = this;
        var dealt = ImmutableList<(string, CaseWork)>.Empty;
        foreach (var worker in Idle)
        {
            if (next.Waiting.IsEmpty || next.Broken is not null) break;
            var work = next.Waiting[0];
            next = next with { Waiting = next.Waiting.RemoveAt(0), Held = next.Held.Add(worker, work), Idle = next.Idle.Remove(worker) };
            dealt = dealt.Add((worker, work));
        }

        return (next, dealt);
    }

    /// <summary>An answer about an earlier attempt comes late, and means nothing.</summary>
    private bool Holds(string worker, CaseId id, int attempt) =>
        Held.TryGetValue(worker, out var work) && work.Case == id && work.Attempt == attempt;
}
