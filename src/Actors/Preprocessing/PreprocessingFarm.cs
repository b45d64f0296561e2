using System.Collections.Immutable;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Preprocessing.FarmProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>How a farm works.</summary>
/// <param name="Workers">Cases at once at most.</param>
/// <param name="Tries">How often a case is tried before it is quarantined.</param>
/// <param name="StallAfter">A case that takes longer than this, and than twenty times the slowest one before it, hangs.</param>
public sealed record FarmRules(int Workers, int Tries, TimeSpan StallAfter);

/// <summary>
/// Hands cases to workers that ask for them. Holds no volumes: only who has which case, and the small results. A worker whose case hangs is given up with
/// the memory it holds, and another takes its place.
/// </summary>
public sealed class PreprocessingFarm : ReceiveActor, IWithTimers
{
    private readonly ICaseJob _job;
    private readonly IActorRef _owner, _ramBudget;
    private readonly Func<CancellationToken, Props> _worker;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Exception> _causes = [];
    private readonly Dictionary<string, Hand> _hands = [];
    private FarmState _state;
    private LearnedLimit _patience;
    private int _hired;
    private bool _ended;

    /// <summary>A farm for <paramref name="job"/>.</summary>
    /// <param name="job">What is done to each case.</param>
    /// <param name="owner">Told of progress and of the end.</param>
    /// <param name="ramBudget">Where workers lease memory.</param>
    /// <param name="rules">How many workers, tries, and how long a case may take.</param>
    public static Props Props(ICaseJob job, IActorRef owner, IActorRef ramBudget, FarmRules rules) =>
        Akka.Actor.Props.Create(() => new PreprocessingFarm(job, owner, ramBudget, stop => CaseWorker.Props(job, ramBudget, stop), rules));

    /// <param name="job">What is done to each case.</param>
    /// <param name="owner">Told of progress and of the end.</param>
    /// <param name="ramBudget">Told of workers that are given up.</param>
    /// <param name="worker">Makes one worker; it asks with <see cref="WantCase"/> when it is idle.</param>
    /// <param name="rules">How many workers, tries, and how long a case may take.</param>
    public PreprocessingFarm(ICaseJob job, IActorRef owner, IActorRef ramBudget, Func<CancellationToken, Props> worker, FarmRules rules)
    {
        (_job, _owner, _ramBudget, _worker) = (job, owner, ramBudget, worker);
        _patience = new LearnedLimit(rules.StallAfter);
        _state = new FarmState([.. job.Cases.Select(id => new CaseWork(id))], rules.Tries);

        Receive<WantCase>(_ => Advance(_state.Wanted(Worker)));
        Receive<CaseStarted>(Watch);
        Receive<CaseDone>(Done);
        Receive<CaseFailed>(Failed);
        Receive<CaseHangs>(GiveUp);
        Receive<Terminated>(m => Replace(m.ActorRef.Path.Name));
        Receive<StopStage>(_ => Stop());
        Receive<StageFinished>(End);
        Receive<StageFailed>(End);

        for (var n = 1; n <= Math.Min(rules.Workers, Math.Max(1, job.Cases.Count)); n++) Hire();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private string Worker => Sender.Path.Name;

    /// <inheritdoc/>
    protected override void PreStart() => Advance(_state);

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stop.Cancel();
        // The workers have ended before: nothing is written any more.
        (_job as IDisposable)?.Dispose();
    }

    // A worker that threw is in an unknown state and may hold a volume: it is replaced, never resumed. The cause is kept for the case's record.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child.Path.Name] = cause);

    private void Hire()
    {
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var name = $"case-worker-{++_hired}";
        _hands.Add(name, new Hand(Context.Watch(Context.ActorOf(_worker(cancel.Token), name)), cancel));
    }

    private void Replace(string name)
    {
        if (!_hands.Remove(name, out var hand)) return;
        Timers.Cancel(name);
        Hire();
        _causes.Remove(name, out var cause);
        Advance(_state.Lost(name, hand.Since is not null, cause ?? new InvalidOperationException($"{Self.Path}/{name} died while it held the case")));
    }

    private void Watch(CaseStarted m)
    {
        if (!_hands.TryGetValue(Worker, out var hand)) return;
        hand.Since = Context.System.Scheduler.Now;
        Timers.StartSingleTimer(Worker, new CaseHangs(Worker, m.Case, _patience.Limit), _patience.Limit);
    }

    private void Done(CaseDone m)
    {
        Timers.Cancel(Worker);
        if (_hands.TryGetValue(Worker, out var hand))
        {
            if (Context.System.Scheduler.Now - hand.Since is { } took) _patience = _patience.Took(took);
            hand.Since = null;
        }

        Advance(_state.Succeeded(Worker, m.Case, m.Attempt, m.Result));
    }

    private void Failed(CaseFailed m)
    {
        if (_hands.TryGetValue(Worker, out var hand)) hand.Since = null;
        Advance(_state.Failed(Worker, m.Case, m.Attempt, m.Cause));
    }

    // Its thread cannot be stopped from outside: it is told to, left behind, and what it holds is written off until it ends.
    private void GiveUp(CaseHangs m)
    {
        if (!_hands.Remove(m.Worker, out var hand)) return;
        var where = $"{Self.Path}/{m.Worker}";
        _owner.Tell(new JobWarning($"{_job.Stage}: {m.Case} has not ended within {m.Limit} in {where}; the worker is given up and another takes its place"));
        hand.Cancel.Cancel();
        _ramBudget.Tell(new RamBudgetProtocol.AbandonLease(hand.Actor));
        Context.Stop(Context.Unwatch(hand.Actor));
        Hire();
        Advance(_state.Lost(m.Worker, began: true, new TimeoutException($"did not end within {m.Limit} in {where}")));
    }

    private void Advance(FarmState next)
    {
        var before = _state;
        (_state, var dealt) = next.Deal();
        foreach (var (worker, work) in dealt)
            if (Bytes(work.Case) is { } bytes) Context.Child(worker).Tell(new DoCase(work.Case, work.Attempt, bytes));
        if (_state.Ended != before.Ended) _owner.Tell(new JobProgress(_job.Stage, _state.Ended, _job.Cases.Count));
        foreach (var (id, _, cause) in _state.Quarantined.Skip(before.Quarantined.Count)) _owner.Tell(new JobWarning($"{_job.Stage}: {id} is given up: {cause.Message}"));
        if (_ended) return;
        if (_state.Broken is { } broken) End(new StageFailed(broken));
        else if (_state.Finished) Finish();
    }

    // A header that cannot be read is a failure of the case, told like any other.
    private long? Bytes(CaseId id)
    {
        try
        {
            return _job.PeakBytes(id);
        }
        catch (ActorSegException cause)
        {
            var (worker, work) = _state.Held.First(h => h.Value.Case == id);
            Self.Tell(new CaseFailed(id, work.Attempt, cause), Context.Child(worker));
            Self.Tell(WantCase.Instance, Context.Child(worker));
            return null;
        }
    }

    private void Finish()
    {
        _ended = true;
        var (done, given) = (_state.Done, _state.Quarantined);
        Task.Run(() => _job.Finish(done, Describe(given))).PipeTo(Self, success: r => new StageFinished(r), failure: e => new StageFailed(Cause.Of(e)));
    }

    private IReadOnlyList<QuarantinedCase> Describe(ImmutableList<GivenUp> given) =>
        [.. given.Select(g => new QuarantinedCase(g.Case, _job.Stage, g.Tries, g.Cause.Message, (g.Cause as ActorSegException)?.Kind))];

    private void End(object ending)
    {
        _ended = true;
        // Before the children are stopped: an actor's own end comes after theirs, and a worker in the middle of a case would hold it up.
        _stop.Cancel();
        _owner.Tell(ending);
        Context.Stop(Self);
    }

    private void Stop() => End(new StageStopped($"{_job.Stage}: {_state.Ended} of {_job.Cases.Count} cases done"));

    private sealed record CaseHangs(string Worker, CaseId Case, TimeSpan Limit);

    private sealed class Hand(IActorRef actor, CancellationTokenSource cancel)
    {
        public IActorRef Actor => actor;

        public CancellationTokenSource Cancel => cancel;

        /// <summary>When it began with its case; null while it has none, or waits for memory.</summary>
        public DateTimeOffset? Since { get; set; }
    }
}
