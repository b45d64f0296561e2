using System.Collections.Immutable;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Training;

/// <summary>A batch being built, and which try this is.</summary>
internal sealed record BatchWork(BatchKey Key, int Attempt);

/// <summary>
/// Which batches are wanted, being built and ready. Pure: batches are keys, workers and consumers names. The training stream is built ahead, across
/// epochs; the validation stream ahead within its epoch. <c>Ready</c> and <c>Held</c> together never exceed the prefetch limit plus one batch a waiting consumer.
/// </summary>
internal sealed record LoaderState(int Prefetch, int Tries, int Epochs, int Iterations, int ValidationIterations)
{
    public ImmutableDictionary<BatchKey, string> Wanted { get; private init; } = ImmutableDictionary<BatchKey, string>.Empty;
    public ImmutableSortedSet<string> Idle { get; private init; } = [];
    public ImmutableDictionary<string, BatchWork> Held { get; private init; } = ImmutableDictionary<string, BatchWork>.Empty;
    public ImmutableDictionary<BatchKey, int> Retry { get; private init; } = ImmutableDictionary<BatchKey, int>.Empty;
    public ImmutableHashSet<BatchKey> Ready { get; private init; } = [];
    public ImmutableList<(BatchKey Key, int Tries, Exception Cause)> GivenUp { get; private init; } = [];

    // Where each stream is: the key after the one last delivered.
    private ImmutableDictionary<bool, BatchKey> Ahead { get; init; } = ImmutableDictionary<bool, BatchKey>.Empty;

    public LoaderState Asked(string consumer, BatchKey key) => this with
    {
        Wanted = Wanted.RemoveRange(Wanted.Where(w => w.Value == consumer).Select(w => w.Key)).SetItem(key, consumer),
        Ahead = Ahead.SetItem(key.Validation, key),
    };

    public LoaderState WorkerIdle(string worker) => this with { Idle = Idle.Add(worker) };

    /// <summary>Whether an answer is about work this worker holds now; another is late, and its batch is dropped.</summary>
    public bool Holds(string worker, BatchKey key, int attempt) => Held.TryGetValue(worker, out var work) && work == new BatchWork(key, attempt);

    public LoaderState Built(string worker, BatchKey key) => this with { Held = Held.Remove(worker), Ready = Ready.Add(key) };

    /// <summary>A worker died: its batch is built again, identically, until its tries are spent.</summary>
    public LoaderState Lost(string worker, Exception cause)
    {
        var rest = this with { Idle = Idle.Remove(worker), Held = Held.Remove(worker) };
        if (!Held.TryGetValue(worker, out var work)) return rest;
        return work.Attempt < Tries
            ? rest with { Retry = rest.Retry.SetItem(work.Key, work.Attempt + 1) }
            : rest with { GivenUp = rest.GivenUp.Add((work.Key, work.Attempt, cause)) };
    }

    /// <summary>What goes out: ready batches to those who want them, work to idle workers, and ready batches nobody will ask for.</summary>
    public (LoaderState Next, ImmutableList<(string Consumer, BatchKey Key)> Delivered, ImmutableList<(string Worker, BatchWork Work)> Dealt, ImmutableList<BatchKey> Dropped) Deal()
    {
        var next = this;
        var delivered = ImmutableList<(string, BatchKey)>.Empty;
        foreach (var (key, consumer) in Wanted)
            if (next.Ready.Contains(key))
            {
                delivered = delivered.Add((consumer, key));
                next = next with { Wanted = next.Wanted.Remove(key), Ready = next.Ready.Remove(key) };
                if (Successor(key) is { } after) next = next with { Ahead = next.Ahead.SetItem(key.Validation, after) };
                else next = next with { Ahead = next.Ahead.Remove(key.Validation) };
            }

        var dropped = next.Ready.Where(key => !next.Useful(key)).ToImmutableList();
        next = next with { Ready = next.Ready.Except(dropped) };

        var dealt = ImmutableList<(string, BatchWork)>.Empty;
        foreach (var worker in next.Idle)
        {
            if (next.NextKey() is not { } key) break;
            var work = new BatchWork(key, next.Retry.GetValueOrDefault(key, 1));
            next = next with { Idle = next.Idle.Remove(worker), Held = next.Held.Add(worker, work), Retry = next.Retry.Remove(key) };
            dealt = dealt.Add((worker, work));
        }

        return (next, delivered, dealt, dropped);
    }

    // A consumer that went back (a restored trainer) or a finished epoch leaves batches behind that nobody will ask for.
    private bool Useful(BatchKey key) =>
        Ahead.TryGetValue(key.Validation, out var at) && (key.Epoch, key.Index).CompareTo((at.Epoch, at.Index)) >= 0 && Distance(at, key) <= Prefetch;

    private long Distance(BatchKey from, BatchKey to) => ((long)(to.Epoch - from.Epoch) * (to.Validation ? ValidationIterations : Iterations)) + to.Index - from.Index;

    // Batches somebody waits for come first, whatever the limit; then those ahead of the trainer, then of the validator.
    private BatchKey? NextKey()
    {
        foreach (var key in Wanted.Keys)
            if (Missing(key)) return key;
        if (Ready.Count + Held.Count >= Prefetch) return null;
        foreach (var validation in (bool[])[false, true])
        {
            BatchKey? key = Ahead.TryGetValue(validation, out var at) ? at : null;
            for (var n = 0; n < Prefetch && key is { } candidate; n++, key = Successor(candidate))
                if (Missing(candidate)) return candidate;
        }

        return null;
    }

    private bool Missing(BatchKey key) => !Ready.Contains(key) && !Held.Values.Any(work => work.Key == key) && !GivenUp.Any(g => g.Key == key);

    private BatchKey? Successor(BatchKey key) =>
        key.Index + 1 < (key.Validation ? ValidationIterations : Iterations) ? key with { Index = key.Index + 1 }
        : !key.Validation && key.Epoch + 1 < Epochs ? key with { Epoch = key.Epoch + 1, Index = 0 }
        : null;
}
