using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;
using Akka.Actor;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;
using static ActorSeg.Actors.Runs.JournalProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Experiments;

/// <content>The run that a job of training owns: a claim to its folder, and the journal of what happens to it. Both last as long as the job, through all its stages.</content>
public sealed partial class Experiment
{
    // A journal that hangs does not keep a process that is told to stop: schedulers give it seconds.
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(5);

    private IActorRef _journal = ActorRefs.Nobody;
    private IActorRef _control = ActorRefs.Nobody;
    private IDisposable? _claim;
    private Action? _whenClosed;
    private int _runs;

    /// <inheritdoc/>
    protected override void PostStop() => _claim?.Dispose();

    // A journal that threw has lost what it kept in memory, and what takes commands its callers. They are not what a training is for: it goes on without.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Open(OpenRun m)
    {
        _claim?.Dispose();
        _claim = m.Claim;
        _runs++;
        if (m.Journal is { } journal) _journal = Context.Watch(Context.ActorOf(journal, $"journal-{_runs}"));
        if (m.Control is { } control) _control = Context.Watch(Context.ActorOf(control, $"control-{_runs}"));
    }

    // Commands that come while a stage is being made wait for it; a stage that is no training can only be stopped. A run is claimed from its opening to the end of its validation.
    private void Command(RunCommand m)
    {
        var follows = _current is { TakesCommands: true };
        if (follows && _actor.IsNobody())
        {
            Stash.Stash();
            return;
        }

        if (m is StopRun)
        {
            _stopping = true;
            StopInTime();
        }

        if (follows) _actor.Forward(m);
        else if (_stopping) Sender.Tell(new CommandDone(new RunPosition("stopping")));
        else if (_claim is null) Sender.Tell(new CommandRefused("no training is under way now"));
        else if (m is TellPosition) Sender.Tell(new CommandDone(new RunPosition("validating")));
        else Sender.Tell(new CommandRefused("the training is over, and its validation under way"));
        if (m is StopRun && !follows) Stop();
    }

    private void Tell(JobEvent m)
    {
        if (RunHistory.Of(m) is { } happened) _journal.Tell(happened);
        else if (m is JobProgress) _journal.Tell(m);
        _client.Tell(m);
    }

    /// <summary>Goes on when the journal has written what it can, or its time is over.</summary>
    private void CloseRun(IEnumerable<RunEvent> last, Action then)
    {
        var closing = _whenClosed is not null;
        _whenClosed = then;
        if (closing) return;
        if (_journal.IsNobody())
        {
            Closed(new JournalClosed(0));
            return;
        }

        Timers.StartSingleTimer(nameof(CloseJournal), new JournalClosed(-1), CloseWithin);
        foreach (var happened in last) _journal.Tell(happened);
        _journal.Tell(CloseJournal.Instance);
    }

    private void Closed(JournalClosed m)
    {
        if (_whenClosed is not { } then) return;
        if (m.Unwritten != 0) _client.Tell(new JobWarning(
            m.Unwritten < 0 ? "the run's journal does not answer: the end of its history is missing" : $"{m.Unwritten} events could not be written to the run's journal"));
        Timers.Cancel(nameof(CloseJournal));
        (_whenClosed, var journal, _journal) = (null, _journal, ActorRefs.Nobody);
        foreach (var child in (IActorRef[])[journal, _control])
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }

        _control = ActorRefs.Nobody;
        _claim?.Dispose();
        _claim = null;
        then();
    }

    private bool HelperDied(IActorRef actor)
    {
        if (actor.Equals(_control))
        {
            _control = ActorRefs.Nobody;
            _client.Tell(new JobWarning($"{actor.Path} died: the training goes on, and takes no commands of other processes"));
            return true;
        }

        if (!actor.Equals(_journal)) return false;
        _journal = ActorRefs.Nobody;
        _client.Tell(new JobWarning($"{actor.Path} died: the training goes on without a history"));
        Closed(new JournalClosed(0));
        return true;
    }
}
