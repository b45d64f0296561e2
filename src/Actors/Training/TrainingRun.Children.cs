using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Networks;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <content>The children: made, watched, and replaced under the rules of their names.</content>
public sealed partial class TrainingRun
{
    // Whatever threw is in an unknown state and may hold tensors: it is replaced, never resumed, under the rule of its name.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) =>
    {
        if (RoleOf(child) is { } role) _causes[role] = Cause.Of(cause);
    });

    // A trainer begins where the newest durable checkpoint says, the first as well as any replacement.
    private void Hire(string name)
    {
        if (name != TrainerName)
        {
            Watch(name);
            return;
        }

        _watchdog = _watchdog.Begun(Opening, "looking for the newest checkpoint", Now);
        Task.Run(_engines.Checkpoints.FindNewest).PipeTo(Self);
    }

    private void Watch(string name)
    {
        var props = name switch
        {
            Loader => DataLoader.Props(new LoaderParts(Plan, LoaderRules.Of(_rules, _plan.Loading.Strict), _engines.Batches, _ramBudget, _state.Lost, _time, _stop.Token)),
            ValidatorName => Validator.Props(_plan, _engines),
            _ => CheckpointWriter.Props(_engines.Checkpoints, _rules[Writer].Backoff),
        };
        Make(name, props);
        if (name is Loader or ValidatorName)
            foreach (var consumer in (string[])[TrainerName, ValidatorName])
                if (name == Loader || consumer == name)
                    Child(consumer).Tell(new UseLoader(Child(Loader)));
        if (name == ValidatorName) Advance(_state.ValidatorReplaced());
        if (name == Writer)
            foreach (var work in _unwritten.Values)
                Child(Writer).Tell(work);
    }

    private void Bury(IActorRef child)
    {
        if (RoleOf(child) is not { } role) return;
        _children.Remove(role);
        _watchdog = _watchdog.Gone(role);
        Begin(_turns.Gone(role));
        Replace(role);
    }

    private void Replace(string name)
    {
        _causes.Remove(name, out var cause);
        cause ??= new InvalidOperationException($"{Self.Path}/{name} died");
        if (cause is DivergedException diverged)
        {
            Remedy(diverged);
            return;
        }

        // What the user has to correct is the same the next time.
        if (name == TrainerName && cause is DataException or UsageException)
        {
            Fail(cause);
            return;
        }

        (_retries, var pause) = _retries.Failed(name, _time.GetUtcNow());
        if (pause is { } wait)
        {
            var text = $"{name} failed ({cause.Message}) and is replaced";
            if (name == TrainerName) Warn($"{text} from the last checkpoint");
            else Decide(new WorkerReplaced(name, cause.Message), text);
            if (name == TrainerName) _rolledBackFor = cause.Message;
            Timers.StartSingleTimer(name, new Rehire(name), wait);
        }
        else if (name == ValidatorName)
        {
            Decide(new ValidatorGivenUp([.. _state.Unscored.Select(e => e.Trained.Epoch)], cause.Message), $"validator failed too often ({cause.Message}): epochs go without validation figures");
            foreach (var epoch in _state.Unscored) Advance(_state.Scored(new EpochScored(epoch.Trained.Epoch, double.NaN, [])));
            Timers.StartSingleTimer(name, new Rehire(name), _rules[name].Backoff);
        }
        else Fail(cause);
    }

    private void Remedy(DivergedException cause)
    {
        (_state, var remedy) = _state.Diverged();
        switch (remedy)
        {
            case Training.Remedy.Stop:
                Fail(new DataException(_plan.FoldFolder, cause.Message, "look at these cases, or give a lower --learning-rate; the last checkpoint is of finite weights"));
                return;
            case Training.Remedy.GoBackInFp32:
                Decide(new SettingsChanged([new ValueChange("precision", PrecisionChoice.NameOf(_plan.Options.Precision), "fp32")]), $"{cause.Message}; back to the last checkpoint, and on in fp32");
                break;
            default:
                Warn($"{cause.Message}; back to the last checkpoint");
                break;
        }

        _rolledBackFor = cause.Message;
        Timers.StartSingleTimer(TrainerName, new Rehire(TrainerName), _rules[TrainerName].Backoff);
    }

    private sealed record Rehire(string Name);
}
