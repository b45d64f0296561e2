using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Prediction.PredictionProtocol;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Prediction;

/// <summary>
/// Predicts cases through a loader, a predictor, an ensembler and an exporter, each replaced when it dies. Leases the whole pipeline's memory before it starts.
/// </summary>
public sealed class PredictionJob : ReceiveActor, IWithTimers
{
    private readonly IPredictionWork _work;
    private readonly IActorRef _owner;
    private readonly IActorRef _ramBudget;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Exception> _causes = [];
    private PredictionState _state;
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
        _state = new PredictionState([.. work.Cases.Select(id => new CaseWork(id))], work.Folds, new SupervisionTries(name => rules[name].Tries));
        Receive<AskAgain>(_ => AskForMemory());
        Receive<LeaseGranted>(_ => Begin());
        Receive<LeaseRefused>(m => End(new StageFailed(new ResourceException(
            $"{work.Stage} needs {m.Bytes / (1 << 20)} MiB of memory and there are {m.Total / (1 << 20)} MiB; use a machine with more memory or raise actorseg.memory.limit"))));
        Receive<WantWork>(_ => Advance(_state.Wanted(Sender.Path.Name)));
        Receive<CaseLoaded>(m => Advance(_state.Took(m)));
        Receive<FoldPredicted>(m => Advance(_state.Took(m)));
        Receive<FoldAdded>(m => Advance(_state.Took(m)));
        Receive<CaseExported>(m => Advance(_state.Took(m)));
        Receive<Terminated>(m => Replace(m.ActorRef.Path.Name));
        Receive<StopStage>(_ => End(new StageStopped($"{work.Stage}: {_state.Ended} of {work.Cases.Count} cases done")));
        Receive<StageFinished>(End);
        Receive<StageFailed>(End);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (_state.Finished) Advance(_state);
        else
        {
            Timers.StartPeriodicTimer(nameof(AskAgain), new AskAgain(), Patience);
            AskForMemory();
        }
    }

    /// <inheritdoc/>
    protected override void PostStop() => _stop.Cancel();

    // A worker that threw is in an unknown state and may hold volumes or tensors: it is replaced, never resumed.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child.Path.Name] = cause);

    private void AskForMemory() => _ramBudget.Tell(new RequestLease(_work.PeakBytes, _work.Stage));

    private void Begin()
    {
        if (!Timers.IsTimerActive(nameof(AskAgain))) return;
        Timers.Cancel(nameof(AskAgain));
        foreach (var name in (string[])[PredictionState.Loader, PredictionState.Predictor, PredictionState.Ensembler, PredictionState.Exporter]) Hire(name);
    }

    private void Hire(string name) => Context.Watch(Context.ActorOf(PredictionWorkers.Props(name, _work, _stop.Token), name));

    private void Replace(string name)
    {
        _causes.Remove(name, out var cause);
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

    private void Advance(PredictionState next)
    {
        var before = _state.Ended;
        (_state, var dealt) = next.Deal();
        foreach (var (worker, work) in dealt) Context.Child(worker).Tell(work);
        if (_state.Ended != before) _owner.Tell(new JobProgress(_work.Stage, _state.Ended, _work.Cases.Count));
        if (!_state.Finished || _ended) return;
        _ended = true;
        IReadOnlyList<QuarantinedCase> given =
            [.. _state.Quarantined.Select(q => new QuarantinedCase(q.Case.Case, $"{_work.Stage} ({q.Stage})", q.Case.Tries, q.Case.Cause.Message, (q.Case.Cause as ActorSegException)?.Kind))];
        var done = _state.Done.Count;
        Task.Run(() => _work.Finish(done, given)).PipeTo(Self, success: r => new StageFinished(r), failure: e => new StageFailed(e));
    }

    private void End(object ending)
    {
        _ended = true;
        // Before the children are stopped: an actor's own end comes after theirs, and a worker in the middle of a case would hold it up.
        _stop.Cancel();
        _owner.Tell(ending);
        Context.Stop(Self);
    }

    private sealed record AskAgain;
}
