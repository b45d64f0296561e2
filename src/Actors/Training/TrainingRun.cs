using System.Collections.Immutable;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Shared.StageProtocol;
using static ActorSeg.Actors.Training.LoaderProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>
/// One training: finds where it left off, owns loader, trainer, validator and checkpoint writer, and replaces whichever dies. Every decision is
/// <see cref="TrainingRunState"/>'s; this carries it out. Holds at most two snapshots of the weights, beside those that wait to be written.
/// </summary>
public sealed partial class TrainingRun : ReceiveActor, IWithTimers
{
    /// <summary>What its progress is called.</summary>
    public const string Stage = "train";

    private const string Loader = "loader", TrainerName = "trainer", ValidatorName = "validator", Writer = "checkpoints", Log = "log", Interval = "interval";

    private readonly TrainingPlan _plan;
    private readonly ITrainingEngines _engines;
    private readonly IActorRef _owner, _ramBudget;
    private readonly SupervisionTable _rules;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Exception> _causes = [];
    private readonly Dictionary<CheckpointKind, WriteCheckpoint> _unwritten = [];
    private readonly CancellationTokenSource _stop = new();
    private Retries _retries;
    private TrainingRunState _state;
    private Exception? _failing;
    private RunEffect? _ending;

    /// <summary>A training run.</summary>
    /// <param name="plan">The run's constants.</param>
    /// <param name="engines">Compute's side.</param>
    /// <param name="owner">Told of progress and of the end.</param>
    /// <param name="ramBudget">Where the loader leases memory.</param>
    /// <param name="rules">How often which child is replaced.</param>
    /// <param name="time">The clock.</param>
    public static Props Props(TrainingPlan plan, ITrainingEngines engines, IActorRef owner, IActorRef ramBudget, SupervisionTable rules, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new TrainingRun(plan, engines, owner, ramBudget, rules, time));

    /// <inheritdoc cref="Props"/>
    public TrainingRun(TrainingPlan plan, ITrainingEngines engines, IActorRef owner, IActorRef ramBudget, SupervisionTable rules, TimeProvider time)
    {
        (_plan, _engines, _owner, _ramBudget, _rules, _time) = (plan, engines, owner, ramBudget, rules, time);
        _state = new TrainingRunState(plan.Options) { Inline = plan.Run.InlineValidation };
        _begun = time.GetTimestamp();
        var limits = plan.Run.Watchdog;
        _watchdog = Watchdog.Of((TrainerName, limits.Trainer), (ValidatorName, limits.Validator), (Writer, limits.Checkpoints), (Opening, limits.Opening));
        _retries = new Retries(rules);
        Receive<FoundCheckpoint>(Start);
        Receive<Status.Failure>(m => Fail(m.Cause));
        Receive<StepDone>(Progress);
        Receive<StepSkipped>(m => Decide(new StepLeftOut(m.Epoch, m.Iteration, m.Cause), $"epoch {m.Epoch}, iteration {m.Iteration}: {m.Cause}; the step is skipped"));
        Receive<EpochTrained>(m => Advance(_state.Trained(m)));
        Receive<EpochScored>(m => Advance(_state.Scored(m)), _ => IsFromTheOneInPlace(ValidatorName));
        Receive<SnapshotTaken>(Copied);
        Receive<RunCommand>(Take);
        Receive<TrainerControlled>(Controlled);
        Receive<CheckpointWritten>(Written, _ => IsFromTheOneInPlace(Writer));
        Receive<CheckpointDelayed>(Delayed, _ => IsFromTheOneInPlace(Writer));
        Receive<CheckpointRefused>(m => Fail(m.Cause), _ => IsFromTheOneInPlace(Writer));
        Receive<WantTurn>(Want);
        Receive<TurnOver>(Over);
        Receive<WorkBegun>(Begin);
        Receive<WorkEnded>(End);
        Receive<LookForHangs>(_ => Look());
        Receive<BatchGivenUp>(GiveUp);
        Receive<CaseLost>(Lose);
        Receive<JobWarning>(m => Warn(m.Text));
        Receive<Rehire>(m => Hire(m.Name));
        Receive<IntervalEnded>(_ => Child(TrainerName).Tell(new TakeSnapshot(ThenStop: false)));
        Receive<StopStage>(_ => Stop());
        Receive<Terminated>(m => Bury(m.ActorRef));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _children[Log] = Context.ActorOf(LogWriter.Props(_engines, _time), Log);
        Timers.StartPeriodicTimer(nameof(LookForHangs), new LookForHangs(), _watchdog.Every);
        Hire(TrainerName);
    }

    // The children are gone by now, so nobody reads a case any more.
    /// <inheritdoc/>
    protected override void PostStop()
    {
        _engines.Dispose();
        _stop.Dispose();
    }

    private void Start(FoundCheckpoint found)
    {
        _watchdog = _watchdog.Gone(Opening);
        foreach (var refused in found.Refused) Warn($"checkpoint not used: {refused}");
        if (found.Checkpoint is null && found.Refused.Count > 0)
        {
            Fail(new DataException(_plan.FoldFolder, "no checkpoint in it can be read, so the run cannot go on", "restore one, or start anew with --fresh"));
            return;
        }

        if (found.Checkpoint is { Lost.Count: > 0 } with && !AcceptLost(with.Lost)) return;
        if (found.Checkpoint is { } at && at.Snapshot.Epoch < _state.Options.Epochs) _owner.Tell(new TrainingResumed(at.Snapshot.Epoch, at.Snapshot.Iteration, found.Path!));
        NoteStart(found);
        var (next, effects) = _state.Start(found.Checkpoint);
        (_state, _at) = (next, (found.Checkpoint?.Snapshot.Epoch ?? 0, found.Checkpoint?.Snapshot.Iteration ?? 0));
        foreach (var name in (string[])[Loader, ValidatorName, Writer])
            if (Child(name).IsNobody())
                Watch(name);
        if (!next.Over)
        {
            var trainer = Make(TrainerName, Trainer.Props(next.Incarnation, Plan, _engines, found.Checkpoint?.Snapshot, _time));
            _watchdog = _watchdog.Begun(Opening, "making the network", Now);
            trainer.Tell(new UseLoader(Child(Loader)));
            PassOnAgain(trainer);
            Timers.StartPeriodicTimer(Interval, new IntervalEnded(), _plan.CheckpointInterval);
        }

        Advance((next, effects));
    }

    private bool AcceptLost(IReadOnlyList<LostCase> lost)
    {
        foreach (var known in lost.Where(l => _state.Lost.All(known => known.Case != l.Case)))
        {
            if (_plan.Loading.Strict)
            {
                Fail(new DataException(
                    _plan.FoldFolder, $"its checkpoint comes from a run without the case '{known.Case}' ({known.Cause})",
                    "start anew with --fresh, or set actorseg.train.strict to off, which goes on without it"));
                return false;
            }

            Warn(LoaderTexts.StaysLost(known));
        }

        return true;
    }

    private void Advance((TrainingRunState Next, ImmutableList<RunEffect> Effects) step)
    {
        _state = step.Next;
        foreach (var effect in step.Effects) Do(effect);
        PassOn();
    }

    private void Do(RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.Train e: Child(TrainerName).Tell(e.What); break;
            case RunEffect.Score e: Child(ValidatorName).Tell(e.What); break;
            case RunEffect.Report e: Report(e); break;
            case RunEffect.Finish or RunEffect.Stopped:
                _ending = effect;
                EndWhenWritten();
                break;
            case RunEffect.Write e:
                _unwritten[e.What.Kind] = e.What;
                Child(Writer).Tell(e.What);
                break;
        }
    }

    // The best checkpoint is written after the one that ends the run, and would be lost with the process. One that cannot be written is not waited for.
    private void EndWhenWritten()
    {
        if (_unwritten.ContainsKey(CheckpointKind.Best)) return;
        if (_ending is RunEffect.Stopped e) End(_failing is { } cause ? new StageFailed(cause) : new StageStopped($"{_plan.Name}: epoch {e.Epoch}, iteration {e.Iteration}"));
        else if (_ending is RunEffect.Finish) Finish();
    }

    private void Written(CheckpointWritten m)
    {
        if (_unwritten.GetValueOrDefault(m.Kind) is { } work && (work.Checkpoint.Snapshot.Epoch, work.Checkpoint.Snapshot.Iteration) == (m.Epoch, m.Iteration)) _unwritten.Remove(m.Kind);
        NoteWritten(m);
        AnswerCheckpoints(m);
        if (_ending is null) Advance(_state.Written(m));
        else EndWhenWritten();
    }

    private void Delayed(CheckpointDelayed m)
    {
        Decide(
            new CheckpointPostponed(m.Kind.ToString().ToLowerInvariant(), m.Failures, m.Cause),
            $"checkpoint {m.Kind} could not be written ({m.Cause}), failure {m.Failures}: the last good one stays, training goes on, next try in {m.RetryIn.TotalSeconds:0} s");
        RefuseCheckpoints(m);
        if (_ending is null || m.Kind != CheckpointKind.Best) return;
        _unwritten.Remove(m.Kind);
        EndWhenWritten();
    }

    private void Copied(SnapshotTaken m)
    {
        if (m.Incarnation == _state.Incarnation) _at = (m.Snapshot.Epoch, m.Snapshot.Iteration);
        if (m.Stopped) AnswerStops();
        Advance(_state.Copied(m));
    }

    private void Progress(StepDone m)
    {
        if (m.Incarnation != _state.Incarnation) return;
        var (n, all) = (_plan.Options.IterationsPerEpoch, _state.Options.Epochs);
        _at = m.Iteration + 1 < n ? (m.Epoch, m.Iteration + 1) : (m.Epoch + 1, 0);
        _owner.Tell(new JobProgress(Stage, (m.Epoch * n) + m.Iteration + 1, all * n,
            $"epoch {m.Epoch + 1} of {all}, loss {m.Loss:0.0000}, step {m.StepSeconds:0.00} s, waited {m.WaitSeconds:0.00} s"));
    }

    private void Report(RunEffect.Report e)
    {
        _owner.Tell(new TrainingEpochEnded(e.Record, _state.Options.Epochs, e.Cost));
        foreach (var line in EpochTexts.Lines(e.Record, e.Best, e.Cost)) Child(Log).Tell(new LogLine(line));
    }

    // Without this batch the run would not be the run that was asked for: it stops, and what is trained is kept.
    private void GiveUp(BatchGivenUp m)
    {
        _failing ??= LoaderTexts.Ending(m);
        Stop();
    }

    private void Lose(CaseLost m)
    {
        _state = _state.Without(m.Lost);
        var (lost, batch) = (m.Lost, m.Lost.Batch);
        Decide(new CaseLeftOut(lost.Case.Value, lost.Tries, lost.Cause, lost.Kind?.ToString().ToLowerInvariant(), batch?.Epoch, batch?.Index), LoaderTexts.Lost(lost));
    }

    private void Stop()
    {
        _state = _state.AskedToStop();
        if (Child(TrainerName).IsNobody()) End(_failing is { } cause ? new StageFailed(cause) : new StageStopped($"{_plan.Name}: at its last checkpoint"));
        else Child(TrainerName).Tell(new TakeSnapshot(ThenStop: true));
    }

    private void Finish()
    {
        Note(new TrainingEnded(_state.History.Count));
        End(new StageFinished(new TrainResult(
            _plan.FoldFolder, _state.History.Count, _state.History.LastOrDefault(), ImmutableDictionary<string, double>.Empty, double.NaN,
            [.. _state.Lost.Select(lost => new QuarantinedCase(lost.Case, "train", lost.Tries, lost.Cause, lost.Kind))])));
    }

    private void Warn(string text)
    {
        _owner.Tell(new JobWarning(text));
        Child(Log).Tell(new LogLine($"warning: {text}"));
    }

    private void Fail(Exception cause) => End(new StageFailed(cause));

    private void End(object ending)
    {
        // Before the children are stopped: an actor's own end comes after theirs, and a worker in the middle of a batch would hold it up.
        _stop.Cancel();
        RefuseTheRest();
        _owner.Tell(ending);
        // What was said last is still to be logged; nothing waits for it.
        var log = Child(Log);
        foreach (var child in Context.GetChildren().Where(child => !child.Equals(log))) Context.Stop(child);
        Timers.CancelAll();
        if (log.IsNobody()) Context.Stop(Self);
        else Context.Watch(log).Tell(PoisonPill.Instance);
        Become(() =>
        {
            Receive<Terminated>(m => m.ActorRef.Equals(log), _ => Context.Stop(Self));
            ReceiveAny(_ => { });
        });
    }

    private sealed record IntervalEnded;
}
