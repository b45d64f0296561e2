using System.Collections.Immutable;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Preprocessing;
using static ActorSeg.Actors.Prediction.PredictionProtocol;

namespace ActorSeg.Actors.Prediction;

/// <summary>
/// Where each case is between loading, predicting fold by fold, averaging and exporting. Pure. Between two workers lies at most one item, so a slow exporter
/// holds back the device and memory is bounded by construction.
/// </summary>
internal sealed record PredictionState(ImmutableList<CaseWork> Waiting, int Folds, SupervisionTries Tries)
{
    public const string Loader = "case-loader", Predictor = "predictor", Ensembler = "ensembler", Exporter = "exporter";

    public ImmutableHashSet<string> Idle { get; private init; } = [];
    public ImmutableDictionary<string, CaseWork> Held { get; private init; } = ImmutableDictionary<string, CaseWork>.Empty;
    public ImmutableHashSet<CaseId> Done { get; private init; } = [];
    public ImmutableList<(GivenUp Case, string Stage)> Quarantined { get; private init; } = [];

    private CaseLoaded? Loaded { get; init; }
    private int NextFold { get; init; }
    private FoldPredicted? Predicted { get; init; }
    private FoldAdded? Averaged { get; init; }
    private ImmutableDictionary<CaseId, CaseProperties> Properties { get; init; } = ImmutableDictionary<CaseId, CaseProperties>.Empty;

    public int Ended => Done.Count + Quarantined.Count;

    /// <summary>A case is somewhere until it is done or quarantined.</summary>
    public bool Finished => Waiting.IsEmpty && Held.IsEmpty && Loaded is null && Predicted is null && Averaged is null;

    public PredictionState Wanted(string worker) => this with { Idle = Idle.Add(worker), Held = Held.Remove(worker) };

    public PredictionState Took(CaseLoaded m) => Holds(Loader, m.Case, m.Attempt)
        ? this with { Held = Held.Remove(Loader), Loaded = m, NextFold = 0, Properties = Properties.SetItem(m.Case, m.Loaded.Properties) }
        : this;

    public PredictionState Took(FoldPredicted m) => Holds(Predictor, m.Case, m.Attempt) ? this with { Held = Held.Remove(Predictor), Predicted = m } : this;

    public PredictionState Took(FoldAdded m) => !Holds(Ensembler, m.Case, m.Attempt) ? this
        : this with { Held = Held.Remove(Ensembler), Averaged = m.Averaged is null ? Averaged : m };

    public PredictionState Took(CaseExported m) => Holds(Exporter, m.Case, m.Attempt)
        ? this with { Held = Held.Remove(Exporter), Done = Done.Add(m.Case), Properties = Properties.Remove(m.Case) }
        : this;

    /// <summary>A worker died: the case it held starts over from the beginning, or is given up.</summary>
    public PredictionState Lost(string worker, Exception cause)
    {
        var rest = this with { Idle = Idle.Remove(worker), Held = Held.Remove(worker) };
        if (!Held.TryGetValue(worker, out var work)) return rest;
        rest = rest.Forget(work);
        return work.Attempt < Tries.Of(worker) && cause is not ActorSegException { Kind: FaultKind.Data }
            ? rest with { Waiting = rest.Waiting.Add(work with { Attempt = work.Attempt + 1 }) }
            : rest with { Quarantined = rest.Quarantined.Add((new GivenUp(work.Case, work.Attempt, cause), worker)) };
    }

    /// <summary>Work for every worker that is idle, whose input is there and whose output has a place to go.</summary>
    public (PredictionState Next, ImmutableList<(string Worker, object Work)> Dealt) Deal()
    {
        var next = this;
        var dealt = ImmutableList<(string, object)>.Empty;
        if (next.Free(Exporter) && next.Averaged is { } averaged)
        {
            dealt = dealt.Add((Exporter, new ExportCase(averaged.Case, averaged.Attempt, averaged.Averaged!, next.Properties[averaged.Case])));
            next = next.Give(Exporter, averaged.Case, averaged.Attempt) with { Averaged = null };
        }

        if (next.Free(Ensembler) && next.Averaged is null && next.Predicted is { } predicted)
        {
            dealt = dealt.Add((Ensembler, new AddFold(predicted.Case, predicted.Attempt, predicted.Fold, predicted.Logits)));
            next = next.Give(Ensembler, predicted.Case, predicted.Attempt) with { Predicted = null };
        }

        if (next.Free(Predictor) && next.Predicted is null && next.Loaded is { } loaded)
        {
            dealt = dealt.Add((Predictor, new PredictFold(loaded.Case, loaded.Attempt, next.NextFold, loaded.Loaded)));
            next = next.Give(Predictor, loaded.Case, loaded.Attempt);
            next = next.NextFold + 1 < Folds ? next with { NextFold = next.NextFold + 1 } : next with { Loaded = null };
        }

        if (next.Free(Loader) && next.Loaded is null && !next.Waiting.IsEmpty)
        {
            var work = next.Waiting[0];
            dealt = dealt.Add((Loader, new LoadCase(work.Case, work.Attempt)));
            next = next.Give(Loader, work.Case, work.Attempt) with { Waiting = next.Waiting.RemoveAt(0) };
        }

        return (next, dealt);
    }

    private bool Free(string worker) => Idle.Contains(worker);

    private PredictionState Give(string worker, CaseId id, int attempt) => this with { Idle = Idle.Remove(worker), Held = Held.SetItem(worker, new CaseWork(id, attempt)) };

    private bool Holds(string worker, CaseId id, int attempt) => Held.TryGetValue(worker, out var work) && work == new CaseWork(id, attempt);

    // Whatever else is under way of that attempt means nothing now; answers about it no longer match what their workers hold.
    private PredictionState Forget(CaseWork work) => this with
    {
        Held = Held.RemoveRange(Held.Where(h => h.Value == work).Select(h => h.Key)),
        Loaded = Loaded?.Case == work.Case ? null : Loaded,
        Predicted = Predicted?.Case == work.Case ? null : Predicted,
        Averaged = Averaged?.Case == work.Case ? null : Averaged,
        Properties = Properties.Remove(work.Case),
    };
}

/// <summary>How often a case is tried at each worker, by the worker's name.</summary>
internal sealed record SupervisionTries(Func<string, int> Of);
