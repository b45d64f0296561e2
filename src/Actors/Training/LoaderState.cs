using System.Collections.Immutable;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Which batches are wanted, being built and ready, and by whom. Pure: batches are keys, workers and consumers names. Batches ready and being built are never
/// more than those waited for and <see cref="Ahead"/>, so that nothing grows when nobody asks.
/// </summary>
internal sealed partial record LoaderState(Schedule Schedule, LoaderRules Rules, int Prefetch, WorkerCount Size)
{
    public ImmutableDictionary<BatchKey, string> Wanted { get; private init; } = ImmutableDictionary<BatchKey, string>.Empty;
    public ImmutableSortedSet<string> Workers { get; private init; } = [];
    public ImmutableSortedSet<string> Idle { get; private init; } = [];
    public ImmutableDictionary<string, BatchWork> Held { get; private init; } = ImmutableDictionary<string, BatchWork>.Empty;
    public ImmutableDictionary<BatchKey, IReadOnlyList<CaseId>> Ready { get; private init; } = ImmutableDictionary<BatchKey, IReadOnlyList<CaseId>>.Empty;
    public CaseFaults Faults { get; init; } = new();

    /// <summary>Workers that hang: given up, and holding memory until they end.</summary>
    public ImmutableHashSet<string> Hung { get; private init; } = [];

    /// <summary>Memory for batches; null until it is leased, and nothing is built before.</summary>
    public LoaderRoom? Room { get; private init; }

    /// <summary>Batches that may be ready or being built beyond those waited for.</summary>
    public int Ahead => Math.Min(Prefetch + Size.Workers - 1, Fitting);

    /// <summary>Training batches that lie ready when all is well, while no validation is under way.</summary>
    public int Full => Places(validation: false);

    // Where each of the two streams is: the key that is asked for next.
    private ImmutableDictionary<bool, BatchKey> Front { get; init; } = ImmutableDictionary<bool, BatchKey>.Empty;
    private long Builds { get; init; }
    private int Hired { get; init; }

    // Batches beyond those waited for that memory has room for.
    private int Fitting => Room is null ? 0 : Math.Max(0, Room.Ahead(Size.Workers + Hung.Count) - Hung.Count);

    private bool AtWork => Room is not null && !Paused && !GivenUp;

    public LoaderState Leased(LoaderRoom room) => this with { Room = room, Size = Size.UpTo(room.Workers(Size.Most)) };

    public LoaderState Resized(LoadWindow window) => this with { Size = Size.After(window, Full) };

    public LoaderState Asked(string consumer, BatchKey key) => this with
    {
        Wanted = Wanted.RemoveRange(Wanted.Where(w => w.Value == consumer).Select(w => w.Key)).SetItem(key, consumer),
        Front = Front.SetItem(key.Validation, key),
    };

    public LoaderState WorkerIdle(string worker) => Workers.Contains(worker) && !Held.ContainsKey(worker) ? this with { Idle = Idle.Add(worker) } : this;

    /// <summary>Whether this worker builds this batch now; an answer about another comes late, and means nothing.</summary>
    public bool Holds(string worker, BatchKey key) => Held.TryGetValue(worker, out var work) && work.Key == key;

    public LoaderState Begun(string worker, BatchKey key) => Holds(worker, key) ? this with { Held = Held.SetItem(worker, Held[worker] with { Begun = true }) } : this;

    /// <summary>What goes out: ready batches to those who want them, work to idle workers; workers come and go; what is of no use is dropped.</summary>
    public (LoaderState Next, ImmutableList<LoaderEffect> Effects) Deal()
    {
        var effects = ImmutableList.CreateBuilder<LoaderEffect>();
        var next = Deliver(effects).DropUseless(effects);
        if (next.AtWork) next = next.Staff(effects).DealWork(effects);
        return (next, effects.ToImmutable());
    }

    private LoaderState Deliver(ImmutableList<LoaderEffect>.Builder effects)
    {
        var next = this;
        foreach (var (key, consumer) in Wanted.Where(w => Ready.TryGetValue(w.Key, out var cases) && !IsSpoilt(cases)))
        {
            effects.Add(new LoaderEffect.Deliver(consumer, key));
            next = next with
            {
                Wanted = next.Wanted.Remove(key),
                Ready = next.Ready.Remove(key),
                Front = Schedule.After(key) is { } after ? next.Front.SetItem(key.Validation, after) : next.Front.Remove(key.Validation),
            };
        }

        return next;
    }

    private LoaderState DropUseless(ImmutableList<LoaderEffect>.Builder effects)
    {
        var next = this;
        foreach (var (key, cases) in Ready)
            if (IsSpoilt(cases) || !IsAhead(key))
                next = next.Drop(key, effects);
        // A consumer changed its mind, or a worker hangs: what would be asked for last goes first.
        while (next.InFlight(null) > Fitting && !next.Ready.IsEmpty) next = next.Drop(next.Ready.Keys.MaxBy(key => Schedule.Distance(Front[key.Validation], key)), effects);
        return next;
    }

    private LoaderState Drop(BatchKey key, ImmutableList<LoaderEffect>.Builder effects)
    {
        effects.Add(new LoaderEffect.Drop(key));
        return this with { Ready = Ready.Remove(key) };
    }

    private LoaderState Staff(ImmutableList<LoaderEffect>.Builder effects)
    {
        var next = this;
        while (next.Workers.Count < Size.Workers)
        {
            var name = $"augmenter-{next.Hired + 1}";
            effects.Add(new LoaderEffect.Hire(name));
            next = next with { Hired = next.Hired + 1, Workers = next.Workers.Add(name) };
        }

        while (next.Workers.Count > Size.Workers && next.Idle.Count > 0)
        {
            var name = next.Idle[^1];
            effects.Add(new LoaderEffect.Dismiss(name));
            next = next with { Workers = next.Workers.Remove(name), Idle = next.Idle.Remove(name) };
        }

        return next;
    }

    private LoaderState DealWork(ImmutableList<LoaderEffect>.Builder effects)
    {
        var next = this;
        foreach (var worker in Idle)
        {
            if (next.NextKey() is not { } key) break;
            var work = new BatchWork(key, Deaths.GetValueOrDefault(key) + 1, next.Builds + 1);
            effects.Add(new LoaderEffect.Build(worker, work, Faults.Out));
            next = next with { Builds = work.Number, Idle = next.Idle.Remove(worker), Held = next.Held.Add(worker, work) };
        }

        return next;
    }

    private bool IsSpoilt(IEnumerable<CaseId> cases) => !Faults.Out.IsEmpty && cases.Any(Faults.Out.Contains);

    // A consumer that went back (a restored trainer) or a finished epoch leaves batches behind that nobody will ask for.
    private bool IsAhead(BatchKey key) => Front.TryGetValue(key.Validation, out var at) && Schedule.Distance(at, key) is >= 0 and var far && far <= Prefetch + Size.Most;

    // Batches somebody waits for come first, whatever the limit; then those ahead, of the validation only a few: its consumer is the faster one.
    private BatchKey? NextKey()
    {
        foreach (var key in Wanted.Keys)
            if (IsMissing(key)) return key;
        if (InFlight(null) >= Ahead) return null;
        foreach (var validation in (bool[])[true, false])
        {
            var (places, key) = (Places(validation), Front.TryGetValue(validation, out var at) ? at : (BatchKey?)null);
            if (InFlight(validation) >= places) continue;
            for (var n = 0; n <= places && key is { } candidate; n++, key = Schedule.After(candidate))
                if (IsMissing(candidate)) return candidate;
        }

        return null;
    }

    private int Places(bool validation)
    {
        var forValidation = Front.ContainsKey(true) && Ahead > 1 ? Math.Max(1, Ahead / 4) : 0;
        return validation ? forValidation : Ahead - forValidation;
    }

    // What is waited for does not count: it is on its way out.
    private int InFlight(bool? validation) =>
        Ready.Keys.Concat(Held.Values.Select(work => work.Key)).Count(key => (validation is null || key.Validation == validation) && !Wanted.ContainsKey(key));

    private bool IsMissing(BatchKey key) => !Ready.ContainsKey(key) && !Resting.Contains(key) && Held.Values.All(work => work.Key != key);
}
