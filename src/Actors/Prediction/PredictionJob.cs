using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Prediction.PredictionProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Prediction;

/// <summary>
/// Predicts cases through loaders, a predictor, an ensembler and exporters, each replaced when it dies. Each case holds a lease of memory from before it is loaded
/// until its label map is on disk: what is under way is bounded in bytes, and a case that can never fit is given up alone.
/// </summary>
public sealed class PredictionJob : ReceiveActor
{
    private readonly IPredictionWork _work;
    private readonly IActorRef _owner;
    private readonly IActorRef _ramBudget;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Exception> _causes = [];
    private readonly Dictionary<CaseWork, IActorRef> _leases = [];
    private PredictionState _state;
    private int _leased;
    private bool _ended;

    /// <summary>A prediction job.</summary>
    /// <param name="work">Compute's side.</param>
    /// <param name="owner">Told of progress and of the end.</param>
    /// <param name="ramBudget">Leases the memory.</param>
    /// <param name="rules">How often a case is tried at which worker.</param>
    public static Props Props(IPredictionWork work, IActorRef owner, IActorRef ramBudget, SupervisionTable rules) =>
        Akka.Actor.Props.Create(() => new PredictionJob(work, owner, ramBudget, rules));

    /// <inheritdoc cref="Props"/>
    public PredictionJob(IPredictionWork work, IActorRef owner, IActorRef ramBudget, SupervisionTable rules)
    {
        (_work, _owner, _ramBudget) = (work, owner, ramBudget);
        _state = new PredictionState([.. work.Cases.Select(id => new CaseWork(id))], work.Folds, Math.Max(1, work.Loaders), new SupervisionTries(role => rules[role].Tries));
        Receive<WantWork>(_ => Advance(_state.Wanted(Worker)));
        Receive<CaseAdmitted>(m => Advance(_state.Took(m)));
        Receive<CaseRefused>(m => Advance(_state.Took(m)));
        Receive<CaseLoaded>(m => Advance(_state.Took(Worker, m)));
        Receive<TilesPredicted>(Tell);
        Receive<FoldPredicted>(m => AdvanceOrDispose(m, m.Case, m.Attempt, () => _state.Took(Worker, m)));
        Receive<FoldAdded>(m => AdvanceOrDispose(m, m.Case, m.Attempt, () => _state.Took(Worker, m)));
        Receive<CaseExported>(m => Advance(_state.Took(Worker, m)));
        Receive<Terminated>(m => Died(m.ActorRef));
        Receive<StopStage>(_ => End(new StageStopped($"{work.Stage}: {_state.Ended} of {work.Cases.Count} cases done")));
        Receive<StageFinished>(End);
        Receive<StageFailed>(End);
    }

    private string Worker => Sender.Path.Name;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (!_state.Finished)
            foreach (var name in PredictionWorkers.Names(_work))
                Hire(name);
        Advance(_state);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stop.Cancel();
        foreach (var logits in _state.Parked) logits?.Dispose();
    }

    // A worker that threw is in an unknown state and may hold volumes or tensors: it is replaced, never resumed.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child.Path.Name] = cause);

    private void Hire(string name) => Context.Watch(Context.ActorOf(PredictionWorkers.Props(name, _work, _stop.Token), name));

    private void Died(IActorRef actor)
    {
        var name = actor.Path.Name;
        _causes.Remove(name, out var cause);
        if (_leases.FirstOrDefault(lease => lease.Value.Equals(actor)) is { Value: not null } lost)
            Advance(_state.Took(new CaseRefused(lost.Key.Case, lost.Key.Attempt, cause ?? new InvalidOperationException($"{Self.Path}/{name} died"))));
        else Replace(name, cause);
    }

    private void Replace(string name, Exception? cause)
    {
        if (_ended) return;
        // A predictor whose model cannot be loaded at all would be replaced for ever.
        if (!_state.Held.ContainsKey(name) && cause is ActorInitializationException or ActorSegException)
        {
            End(new StageFailed(cause is ActorInitializationException { InnerException: { } inner } ? inner : cause));
            return;
        }

        Hire(name);
        cause ??= new InvalidOperationException($"{Self.Path}/{name} died");
        if (_state.Held.TryGetValue(name, out var work)) _owner.Tell(new JobWarning($"{_work.Stage}: {name} failed at {work.Case}, try {work.Attempt}: {cause.Message}"));
        Advance(_state.Lost(name, cause));
    }

    private void Tell(TilesPredicted m)
    {
        if (!_state.Holds(Worker, m.Case, m.Attempt)) return;
        var fold = _work.Folds > 1 ? $"fold {m.Fold + 1} of {_work.Folds}, " : "";
        _owner.Tell(new JobProgress(_work.Stage, _state.Ended, _work.Cases.Count, $"{m.Case}: {fold}tile {m.Done} of {m.Tiles}"));
    }

    // An answer about an attempt that was given up meanwhile still carries memory.
    private void AdvanceOrDispose(ICarriesLogits m, CaseId id, int attempt, Func<PredictionState> next)
    {
        if (_state.Holds(Worker, id, attempt) && !_ended) Advance(next());
        else m.Logits?.Dispose();
    }

    private void Advance(PredictionState next)
    {
        if (_ended) return;
        var before = _state;
        (_state, var dealt) = next.Deal();
        foreach (var (worker, work) in dealt) Context.Child(worker).Tell(work);
        foreach (var logits in before.Parked.Except(_state.Parked).Except(dealt.Select(d => (d.Work as ICarriesLogits)?.Logits))) logits?.Dispose();
        Lease();
        if (_state.Ended != before.Ended) _owner.Tell(new JobProgress(_work.Stage, _state.Ended, _work.Cases.Count));
        foreach (var (given, _) in _state.Quarantined.Skip(before.Quarantined.Count)) _owner.Tell(new JobWarning($"{_work.Stage}: {given.Case} is given up: {given.Cause.Message}"));
        if (_state.Broken is { } broken) End(new StageFailed(broken));
        else if (_state.Finished) Finish();
    }

    // Leases follow what is under way.
    private void Lease()
    {
        foreach (var ended in _leases.Keys.Where(work => !_state.UnderWay.Contains(work)).ToArray())
        {
            _leases.Remove(ended, out var lease);
            Context.Stop(Context.Unwatch(lease));
        }

        foreach (var work in _state.UnderWay.Where(work => !_leases.ContainsKey(work)))
        {
            var (id, attempt) = (work.Case, work.Attempt);
            _leases.Add(work, Context.Watch(Context.ActorOf(
                MemoryLease.Props(() => _work.PeakBytes(id), _ramBudget, $"{_work.Stage} {id}", new CaseAdmitted(id, attempt), cause => new CaseRefused(id, attempt, cause)),
                $"lease-{++_leased}")));
        }
    }

    private void Finish()
    {
        _ended = true;
        IReadOnlyList<QuarantinedCase> given =
            [.. _state.Quarantined.Select(q => new QuarantinedCase(q.Case.Case, $"{_work.Stage} ({q.Stage})", q.Case.Tries, q.Case.Cause.Message, (q.Case.Cause as ActorSegException)?.Kind))];
        var done = _state.Done.Count;
        Task.Run(() => _work.Finish(done, given)).PipeTo(Self, success: r => new StageFinished(r), failure: e => new StageFailed(Cause.Of(e)));
    }

    private void End(object ending)
    {
        _ended = true;
        // Before the children are stopped: an actor's own end comes after theirs, and a worker in the middle of a case would hold it up.
        _stop.Cancel();
        _owner.Tell(ending);
        Context.Stop(Self);
    }
}
