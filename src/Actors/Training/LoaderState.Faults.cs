using System.Collections.Immutable;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Training;

/// <content>What follows when batches cannot be built, and when they can again.</content>
internal sealed partial record LoaderState
{
    /// <summary>Batches that are not dealt before their pause is over.</summary>
    public ImmutableHashSet<BatchKey> Resting { get; private init; } = [];

    /// <summary>Whether nothing is dealt and nobody hired for a while.</summary>
    public bool Paused { get; private init; }

    /// <summary>Whether the run cannot go on.</summary>
    public bool GivenUp { get; private init; }

    // How often each batch cost a worker; how many workers were lost, and how often as many as there are, since a batch was built.
    private ImmutableDictionary<BatchKey, int> Deaths { get; init; } = ImmutableDictionary<BatchKey, int>.Empty;
    private int Fallen { get; init; }
    private int Outages { get; init; }

    /// <summary>A batch the worker holds is there, made of these cases.</summary>
    public (LoaderState Next, ImmutableList<LoaderEffect> Effects) Built(string worker, BatchKey key, IReadOnlyList<CaseId> cases)
    {
        var (faults, lost) = Faults.Built(cases, Held[worker].Number);
        var next = this with { Held = Held.Remove(worker), Ready = Ready.Add(key, cases), Faults = faults, Deaths = Deaths.Remove(key) };
        next = next with { Fallen = 0, Outages = 0, Paused = false };
        return (next, [.. lost.Select(l => new LoaderEffect.Lose(l))]);
    }

    /// <summary>A sample of the batch could not be built: the batch rests, or, the case's tries spent, is built without it.</summary>
    public (LoaderState Next, ImmutableList<LoaderEffect> Effects) Failed(string worker, BatchKey key, SampleException cause)
    {
        if (!Holds(worker, key)) return (this, []);
        var work = Held[worker];
        var (faults, failures) = Faults.Failed(cause.Case);
        var rest = this with { Held = Held.Remove(worker) };
        // Begun before the case was out.
        if (Faults.Out.Contains(cause.Case)) return (rest, []);
        rest = rest with { Faults = faults };
        if (failures < Rules.CaseTries)
        {
            var pause = Rules.CasePause * Math.Pow(2, failures - 1);
            return (rest with { Resting = Resting.Add(key) }, [new LoaderEffect.Rest(worker, work with { Attempt = failures }, cause, pause)]);
        }

        if (Rules.Strict) return rest.End(key, failures, cause);
        if (faults.TooMany) return (rest with { Faults = faults.Acquit() }).Outage(cause);
        var lost = new LostCase(cause.Case, failures, cause.InnerException!.Message, (cause.InnerException as ActorSegException)?.Kind, key, worker);
        return (rest with { Faults = faults.Suspect(lost, Builds + 1) }, []);
    }

    /// <summary>A worker died. The batch that it had begun is built again, identically, until its tries are spent.</summary>
    public (LoaderState Next, ImmutableList<LoaderEffect> Effects) Lost(string worker, Exception cause)
    {
        if (!Workers.Contains(worker)) return (this with { Hung = Hung.Remove(worker) }, []);
        var rest = this with { Workers = Workers.Remove(worker), Idle = Idle.Remove(worker), Held = Held.Remove(worker) };
        var work = Held.TryGetValue(worker, out var held) && held.Begun ? held : null;
        // Where memory is short it is no batch's fault.
        if (work is not null && (cause as SampleException)?.InnerException is not OutOfMemoryException && cause is not OutOfMemoryException)
        {
            // A sentence about the data stays true however often it is tried.
            if (work.Attempt >= Rules.BatchTries || cause is ActorSegException { Kind: FaultKind.Data }) return rest.End(work.Key, work.Attempt, cause);
            rest = rest with { Deaths = Deaths.SetItem(work.Key, work.Attempt) };
        }

        rest = rest with { Fallen = Fallen + 1 };
        var (next, effects) = rest.Fallen >= Size.Workers ? rest.Outage(cause) : (rest, []);
        return (next, effects.Insert(0, new LoaderEffect.Replace(worker, work, cause)));
    }

    /// <summary>A worker hangs: it is given up as if it had died, and what it holds is not counted on until it ends.</summary>
    public (LoaderState Next, ImmutableList<LoaderEffect> Effects) GaveUp(string worker, Exception cause)
    {
        var (next, effects) = Lost(worker, cause);
        return (next with { Hung = next.Hung.Add(worker) }, effects);
    }

    /// <summary>The pause of a batch is over.</summary>
    public LoaderState Rested(BatchKey key) => this with { Resting = Resting.Remove(key) };

    /// <summary>The pause of all is over.</summary>
    public LoaderState Resumed() => this with { Paused = false };

    /// <summary>There is no memory for a single batch.</summary>
    public (LoaderState Next, ImmutableList<LoaderEffect> Effects) Refused(ResourceException cause) => End(null, 1, cause);

    private (LoaderState Next, ImmutableList<LoaderEffect> Effects) Outage(Exception cause)
    {
        if (Paused || GivenUp) return (this, []);
        if (Outages >= Rules.AllTries) return End(null, Outages, cause);
        return (this with { Paused = true, Outages = Outages + 1, Fallen = 0 }, [new LoaderEffect.PauseAll(Rules.AllPause * Math.Pow(2, Outages), cause)]);
    }

    private (LoaderState Next, ImmutableList<LoaderEffect> Effects) End(BatchKey? key, int tries, Exception cause) =>
        GivenUp ? (this, []) : (this with { GivenUp = true }, [new LoaderEffect.GiveUp(key, tries, cause)]);
}
