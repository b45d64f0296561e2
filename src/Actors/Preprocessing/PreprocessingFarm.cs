using System.Collections.Immutable;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Preprocessing.FarmProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>Hands cases to workers that ask for them. Holds no volumes: only who has which case, and the small results.</summary>
public sealed class PreprocessingFarm : ReceiveActor
{
    private readonly ICaseJob _job;
    private readonly IActorRef _owner;
    private readonly Props _worker;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Exception> _causes = [];
    private FarmState _state;
    private bool _ended;

    /// <summary>A farm for <paramref name="job"/>.</summary>
    /// <param name="job">What is done to each case.</param>
    /// <param name="owner">Told of progress and of the end.</param>
    /// <param name="ramBudget">Where workers lease memory.</param>
    /// <param name="workers">How many cases at once at most.</param>
    /// <param name="tries">How often a case is tried before it is quarantined.</param>
    public static Props Props(ICaseJob job, IActorRef owner, IActorRef ramBudget, int workers, int tries) =>
        Akka.Actor.Props.Create(() => new PreprocessingFarm(job, owner, stop => CaseWorker.Props(job, ramBudget, stop), workers, tries));

    /// <param name="job">What is done to each case.</param>
    /// <param name="owner">Told of progress and of the end.</param>
    /// <param name="worker">Makes one worker; it asks with <see cref="WantCase"/> when it is idle.</param>
    /// <param name="workers">How many.</param>
    /// <param name="tries">How often a case is tried.</param>
    public PreprocessingFarm(ICaseJob job, IActorRef owner, Func<CancellationToken, Props> worker, int workers, int tries)
    {
        (_job, _owner, _worker) = (job, owner, worker(_stop.Token));
        _state = new FarmState([.. job.Cases.Select(id => new CaseWork(id))], tries);

        Receive<WantCase>(_ => Advance(_state.Wanted(Worker)));
        Receive<CaseDone>(m => Advance(_state.Succeeded(Worker, m.Case, m.Attempt, m.Result)));
        Receive<CaseFailed>(m => Advance(_state.Failed(Worker, m.Case, m.Attempt, m.Cause)));
        Receive<Terminated>(m => Replace(m.ActorRef.Path.Name));
        Receive<StopStage>(_ => Stop());
        Receive<StageFinished>(End);
        Receive<StageFailed>(End);

        for (var n = 1; n <= Math.Min(workers, Math.Max(1, job.Cases.Count)); n++) Hire($"case-worker-{n}");
    }

    private string Worker => Sender.Path.Name;

    /// <inheritdoc/>
    protected override void PreStart() => Advance(_state);

    /// <inheritdoc/>
    protected override void PostStop() => _stop.Cancel();

    // A worker that threw is in an unknown state and may hold a volume: it is replaced, never resumed. The cause is kept for the case's record.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child.Path.Name] = cause);

    private void Hire(string name) => Context.Watch(Context.ActorOf(_worker, name));

    private void Replace(string name)
    {
        Hire(name);
        _causes.Remove(name, out var cause);
        Advance(_state.Lost(name, cause ?? new InvalidOperationException($"{Self.Path}/{name} died while it held the case")));
    }

    private void Advance(FarmState next)
    {
        var before = _state;
        (_state, var dealt) = next.Deal();
        foreach (var (worker, work) in dealt)
            if (Bytes(work.Case) is { } bytes) Context.Child(worker).Tell(new DoCase(work.Case, work.Attempt, bytes));
        if (_state.Ended != before.Ended) _owner.Tell(new JobProgress(_job.Stage, _state.Ended, _job.Cases.Count));
        foreach (var (id, _, cause) in _state.Quarantined.Skip(before.Quarantined.Count)) _owner.Tell(new JobWarning($"{_job.Stage}: {id} is given up: {cause.Message}"));
        if (_state.Finished && !_ended) Finish();
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
        Task.Run(() => _job.Finish(done, Describe(given))).PipeTo(Self, success: r => new StageFinished(r), failure: e => new StageFailed(e));
    }

    private IReadOnlyList<QuarantinedCase> Describe(ImmutableList<GivenUp> given) =>
        [.. given.Select(g => new QuarantinedCase(g.Case, _job.Stage, g.Tries, g.Cause.Message, (g.Cause as ActorSegException)?.Kind))];

    private void End(object ending)
    {
        // Before the children are stopped: an actor's own end comes after theirs, and a worker in the middle of a case would hold it up.
        _stop.Cancel();
        _owner.Tell(ending);
        Context.Stop(Self);
    }

    private void Stop()
    {
        _ended = true;
        End(new StageStopped($"{_job.Stage}: {_state.Ended} of {_job.Cases.Count} cases done"));
    }
}
