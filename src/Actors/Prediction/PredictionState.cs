using System.Collections.Immutable;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Preprocessing;
using static ActorSeg.Actors.Prediction.PredictionProtocol;
using static ActorSeg.Actors.Prediction.PredictionWorkers;

namespace ActorSeg.Actors.Prediction;

/// <summary>
/// Where each case is between its lease of memory, loading, predicting fold by fold, averaging and exporting. Pure; workers are names. A case is loaded only when
/// the predictor will soon want it, and between two workers lies at most one item, so a slow exporter holds back the device.
/// </summary>
internal sealed record PredictionState(ImmutableList<CaseWork> Waiting, int Folds, int Loaders, SupervisionTries Tries)
{
    public const string Loader = "case-loader", Predictor = "predictor", Ensembler = "ensembler", Exporter = "exporter";

    public ImmutableHashSet<string> Idle { get; private init; } = [];
    public ImmutableDictionary<string, CaseWork> Held { get; private init; } = ImmutableDictionary<string, CaseWork>.Empty;
    public ImmutableHashSet<CaseId> Done { get; private init; } = [];
    public ImmutableList<(GivenUp Case, string Stage)> Quarantined { get; private init; } = [];

    /// <summary>Cases that have a lease or have asked for one: all that are neither waiting nor ended.</summary>
    public ImmutableHashSet<CaseWork> UnderWay { get; private init; } = [];

    /// <summary>Logits that lie between two workers, and are nobody's but the job's.</summary>
    public IEnumerable<Logits?> Parked => new[] { Predicted?.Logits, Averaged?.Averaged }.Where(logits => logits is not null);

    /// <summary>Why no case can be done any more; null while they can.</summary>
    public StorageException? Broken { get; private init; }

    private ImmutableList<CaseWork> Admitted { get; init; } = [];
    private ImmutableList<CaseLoaded> Loaded { get; init; } = [];
    private int NextFold { get; init; }
    private FoldPredicted? Predicted { get; init; }
    private FoldAdded? Averaged { get; init; }
    private ImmutableDictionary<CaseWork, CaseProperties> Properties { get; init; } = ImmutableDictionary<CaseWork, CaseProperties>.Empty;

    public int Ended => Done.Count + Quarantined.Count;

    /// <summary>A case is somewhere until it is done or quarantined.</summary>
    public bool Finished => Waiting.IsEmpty && UnderWay.IsEmpty;

    public PredictionState Wanted(string worker) => this with { Idle = Idle.Add(worker), Held = Held.Remove(worker) };

    public PredictionState Took(CaseAdmitted m) =>
        UnderWay.Contains(new CaseWork(m.Case, m.Attempt)) ? this with { Admitted = Admitted.Add(new CaseWork(m.Case, m.Attempt)) } : this;

    /// <summary>Without a lease there is no worker at fault: the case is given up at once.</summary>
    public PredictionState Took(CaseRefused m)
    {
        var work = new CaseWork(m.Case, m.Attempt);
        return UnderWay.Contains(work) ? GiveUp(work, Loader, m.Cause) : this;
    }

    public PredictionState Took(string worker, CaseLoaded m) => Holds(worker, m.Case, m.Attempt)
        ? this with { Held = Held.Remove(worker), Loaded = Loaded.Add(m), Properties = Properties.SetItem(new CaseWork(m.Case, m.Attempt), m.Loaded.Properties) }
        : this;

    public PredictionState Took(string worker, FoldPredicted m) => Holds(worker, m.Case, m.Attempt) ? this with { Held = Held.Remove(worker), Predicted = m } : this;

    public PredictionState Took(string worker, FoldAdded m) => !Holds(worker, m.Case, m.Attempt) ? this
        : this with { Held = Held.Remove(worker), Averaged = m.Averaged is null ? Averaged : m };

    public PredictionState Took(string worker, CaseExported m) => Holds(worker, m.Case, m.Attempt)
        ? Forget(new CaseWork(m.Case, m.Attempt)) with { Done = Done.Add(m.Case) }
        : this;

    /// <summary>Whether an answer is about what its worker holds; others are late and mean nothing.</summary>
    public bool Holds(string worker, CaseId id, int attempt) => Held.TryGetValue(worker, out var work) && work == new CaseWork(id, attempt);

    /// <summary>A worker died: the case it held starts over from the beginning, or is given up.</summary>
    public PredictionState Lost(string worker, Exception cause)
    {
        var rest = this with { Idle = Idle.Remove(worker) };
        return Held.TryGetValue(worker, out var work) ? rest.Failed(work, Role(worker), cause) : rest;
    }

    /// <summary>Work for every worker that is idle, whose input is there and whose output has a place to go; and leases asked for.</summary>
    public (PredictionState Next, ImmutableList<(string Worker, object Work)> Dealt) Deal()
    {
        if (Broken is not null) return (this, []);
        var next = this;
        var dealt = ImmutableList<(string, object)>.Empty;
        if (next.Averaged is { } averaged && next.Free(Exporter) is { } exporter)
        {
            var work = new CaseWork(averaged.Case, averaged.Attempt);
            dealt = dealt.Add((exporter, new ExportCase(averaged.Case, averaged.Attempt, averaged.Averaged!, next.Properties[work])));
            next = next.Give(exporter, work) with { Averaged = null };
        }

        if (next.Predicted is { } predicted && next.Averaged is null && next.Free(Ensembler) is { } ensembler)
        {
            dealt = dealt.Add((ensembler, new AddFold(predicted.Case, predicted.Attempt, predicted.Fold, predicted.Logits)));
            next = next.Give(ensembler, new CaseWork(predicted.Case, predicted.Attempt)) with { Predicted = null };
        }

        if (!next.Loaded.IsEmpty && next.Predicted is null && next.Free(Predictor) is { } predictor)
        {
            var loaded = next.Loaded[0];
            dealt = dealt.Add((predictor, new PredictFold(loaded.Case, loaded.Attempt, next.NextFold, loaded.Loaded)));
            next = next.Give(predictor, new CaseWork(loaded.Case, loaded.Attempt));
            next = next.NextFold + 1 < Folds ? next with { NextFold = next.NextFold + 1 } : next with { NextFold = 0, Loaded = next.Loaded.RemoveAt(0) };
        }

        while (!next.Admitted.IsEmpty && next.Free(Loader) is { } loader)
        {
            var work = next.Admitted[0];
            dealt = dealt.Add((loader, new LoadCase(work.Case, work.Attempt)));
            next = next.Give(loader, work) with { Admitted = next.Admitted.RemoveAt(0) };
        }

        return (next.Admit(), dealt);
    }

    // Loaded cases wait in memory: no more of them than loaders, those that wait for their lease counted in.
    private PredictionState Admit()
    {
        var next = this;
        while (!next.Waiting.IsEmpty && next.UnderWay.Count - next.BeyondLoading < Loaders)
            next = next with { Waiting = next.Waiting.RemoveAt(0), UnderWay = next.UnderWay.Add(next.Waiting[0]) };
        return next;
    }

    // With the predictor's last fold, at the ensembler or exporter, or between them.
    private int BeyondLoading => UnderWay.Count(work =>
        Properties.ContainsKey(work) && !Loaded.Any(l => new CaseWork(l.Case, l.Attempt) == work));

    private string? Free(string role) => Idle.Where(name => Role(name) == role).Order(StringComparer.Ordinal).FirstOrDefault();

    private PredictionState Give(string worker, CaseWork work) => this with { Idle = Idle.Remove(worker), Held = Held.SetItem(worker, work) };

    // A file that is wrong stays wrong, and memory that was too little even after less was done at once stays so. A disk is tried again: it is not the case's fault.
    private PredictionState Failed(CaseWork work, string role, Exception cause)
    {
        var again = cause is not ActorSegException || cause is StorageException;
        if (again && work.Attempt < Tries.Of(role)) return Forget(work) with { Waiting = Waiting.Add(work with { Attempt = work.Attempt + 1 }) };
        return cause is StorageException disk ? Forget(work) with { Broken = disk } : GiveUp(work, role, cause);
    }

    private PredictionState GiveUp(CaseWork work, string role, Exception cause) =>
        Forget(work) with { Quarantined = Quarantined.Add((new GivenUp(work.Case, work.Attempt, cause), role)) };

    // Whatever else is under way of that attempt means nothing now; answers about it no longer match what their workers hold.
    private PredictionState Forget(CaseWork work)
    {
        bool Other(CaseId id, int attempt) => work != new CaseWork(id, attempt);
        var first = Loaded.Count > 0 && !Other(Loaded[0].Case, Loaded[0].Attempt);
        return this with
        {
            Held = Held.RemoveRange(Held.Where(h => h.Value == work).Select(h => h.Key)),
            UnderWay = UnderWay.Remove(work),
            Admitted = Admitted.Remove(work),
            Loaded = Loaded.RemoveAll(l => !Other(l.Case, l.Attempt)),
            NextFold = first ? 0 : NextFold,
            Predicted = Predicted is { } p && Other(p.Case, p.Attempt) ? p : null,
            Averaged = Averaged is { } a && Other(a.Case, a.Attempt) ? a : null,
            Properties = Properties.Remove(work),
        };
    }
}

/// <summary>How often a case is tried at each worker, by the worker's role.</summary>
internal sealed record SupervisionTries(Func<string, int> Of);
