using ActorSeg.Actors.Runs;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <content>Commands. They are handed to the trainer in order, and again to one that takes its place, until it has answered.</content>
public sealed partial class TrainingRun
{
    private readonly SortedDictionary<long, AskedCommand> _asked = [];
    private (int Epoch, int Iteration) _at;
    private long _commands;

    private TrainingPlan Plan => _plan with { Options = _state.Options };

    private RunPosition Position => new(
        _state.Stopping ? "stopping" : _state.Paused ? "paused" : "training", _at.Epoch, _at.Iteration, _state.Options.Epochs,
        _state.Options.LearningRateAt(Math.Min(_at.Epoch, _state.Options.Epochs - 1)));

    private void Take(RunCommand m)
    {
        if (m is TellPosition) Sender.Tell(new CommandDone(Position));
        else if (_state.Refusal(m) is { } why) Sender.Tell(new CommandRefused(why));
        else
        {
            _asked.Add(++_commands, new AskedCommand(Sender, m, _at));
            if (m is StopRun) Stop();
            else PassOn();
        }
    }

    // A checkpoint that cannot be written yet waits for the validator rather than hold one more copy of the weights meanwhile.
    private void PassOn()
    {
        if (_asked.Count == 0 || Child(TrainerName).IsNobody()) return;
        foreach (var (number, asked) in _asked)
        {
            if (asked.IsPassedOn || asked.Command is StopRun || (asked.Command is WriteCheckpointNow && !_state.CanSave)) continue;
            asked.IsPassedOn = true;
            Child(TrainerName).Tell(new ControlTrainer(number, asked.Command));
        }
    }

    private void PassOnAgain(IActorRef trainer)
    {
        if (_state.Paused) trainer.Tell(new ControlTrainer(0, new PauseRun()));
        foreach (var asked in _asked.Values) asked.IsPassedOn = false;
        PassOn();
    }

    private void Controlled(TrainerControlled m)
    {
        if (m.Incarnation != _state.Incarnation) return;
        _at = (m.Epoch, m.Iteration);
        if (!_asked.TryGetValue(m.Number, out var asked)) return;
        var before = _state;
        Advance(_state.Controlled(asked.Command, m));
        TellOf(asked.Command, before);
        if (asked.Command is not WriteCheckpointNow) Answer(m.Number, new CommandDone(Position));
        else if (!before.CanSave) asked.IsPassedOn = false;
    }

    private void TellOf(RunCommand command, TrainingRunState before)
    {
        var where = $"epoch {_at.Epoch}, iteration {_at.Iteration}";
        switch (command)
        {
            case PauseRun when !before.Paused:
                Decide(new RunPaused(_at.Epoch, _at.Iteration), $"paused at {where}, until 'actorseg resume'");
                break;
            case ResumeRun when before.Paused:
                Decide(new RunContinued(_at.Epoch, _at.Iteration), $"goes on after a pause, at {where}");
                break;
            case ChangeSchedule:
                var changes = ResumeRules.ScheduleChanges(before.Options, _state.Options);
                if (changes.Count == 0) break;
                Child(Loader).Tell(new UseSchedule(_state.Options.Epochs));
                Decide(new SettingsChanged(changes), $"from {where} on with other settings: {string.Join("; ", changes)}");
                break;
        }
    }

    // Whatever is durable by now and lies at or beyond the place where a checkpoint was asked for is that checkpoint.
    private void AnswerCheckpoints(CheckpointWritten m)
    {
        if (m.Kind == CheckpointKind.Best) return;
        foreach (var (number, _) in _asked.Where(a => a.Value.Command is WriteCheckpointNow && a.Value.At.CompareTo((m.Epoch, m.Iteration)) <= 0).ToList())
            Answer(number, new CommandDone(Position with { Epoch = m.Epoch, Iteration = m.Iteration, WeightsSha256 = m.WeightsSha256 }));
    }

    private void RefuseCheckpoints(CheckpointDelayed m)
    {
        if (m.Kind == CheckpointKind.Best) return;
        foreach (var (number, _) in _asked.Where(a => a.Value.Command is WriteCheckpointNow).ToList())
            Answer(number, new CommandRefused($"the checkpoint could not be written ({m.Cause}); it is tried again"));
    }

    private void AnswerStops()
    {
        foreach (var (number, _) in _asked.Where(a => a.Value.Command is StopRun).ToList()) Answer(number, new CommandDone(Position));
    }

    private void RefuseTheRest()
    {
        AnswerStops();
        foreach (var number in _asked.Keys.ToList()) Answer(number, new CommandRefused("the run ended before it could be followed"));
    }

    private void Answer(long number, object answer)
    {
        if (_asked.Remove(number, out var asked)) asked.Asker.Tell(answer);
    }

    private sealed record AskedCommand(IActorRef Asker, RunCommand Command, (int Epoch, int Iteration) At)
    {
        public bool IsPassedOn { get; set; }
    }
}
