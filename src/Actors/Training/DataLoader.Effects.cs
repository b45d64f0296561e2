using System.Collections.Immutable;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Training;

/// <content>Carries out what the state decided.</content>
public sealed partial class DataLoader
{
    private void Advance(LoaderState next) => Advance((next, []));

    private void Advance((LoaderState Next, ImmutableList<LoaderEffect> Effects) step)
    {
        (_state, var dealt) = step.Next.Deal();
        foreach (var effect in step.Effects.AddRange(dealt)) Do(effect);
    }

    private void Do(LoaderEffect effect)
    {
        switch (effect)
        {
            case LoaderEffect.Deliver e: Deliver(e); break;
            case LoaderEffect.Drop e:
                if (_batches.Remove(e.Key, out var dropped)) dropped.Dispose();
                break;
            case LoaderEffect.Build e: _hands[e.Worker].Actor.Tell(new BuildBatch(e.Work.Key, e.Without)); break;
            case LoaderEffect.Hire e: Hire(e.Worker); break;
            case LoaderEffect.Dismiss e: Context.Stop(_hands[e.Worker].Actor); break;
            case LoaderEffect.Replace e: Warn(LoaderTexts.Replaced($"{Self.Path}/{e.Worker}", e.Work, e.Work is { } w ? CasesOf(w.Key) : [], e.Cause)); break;
            case LoaderEffect.Rest e:
                Warn(LoaderTexts.Rests($"{Self.Path}/{e.Worker}", e.Work, e.Cause, e.Pause));
                Timers.StartSingleTimer(e.Work.Key, new BatchRested(e.Work.Key), e.Pause);
                break;
            case LoaderEffect.PauseAll e:
                Warn(LoaderTexts.Paused($"{Self.Path}", e.Cause, e.Length));
                Timers.StartSingleTimer(nameof(PauseEnded), new PauseEnded(), e.Length);
                break;
            case LoaderEffect.Lose e: Context.Parent.Tell(new CaseLost(e.Case)); break;
            case LoaderEffect.GiveUp e: Context.Parent.Tell(new BatchGivenUp(e.Key, e.Tries, e.Cause)); break;
        }
    }

    private void Deliver(LoaderEffect.Deliver e)
    {
        var (actor, ready) = _consumers[e.Consumer];
        if (!e.Key.Validation) _meter = _meter.Given(Now);
        if (_batches.Remove(e.Key, out var batch)) actor.Tell(new BatchReady(batch, ready, _state.Workers.Count));
    }

    private void Hire(string name)
    {
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(_parts.Stop);
        _hands.Add(name, (Context.Watch(Context.ActorOf(_worker(cancel.Token), name)), cancel, default));
    }

    // For a message only: cases that cannot even be drawn are told of by the failure itself.
    private IReadOnlyList<CaseId> CasesOf(BatchKey key)
    {
        try
        {
            return _parts.Source.CasesOf(key, _state.Faults.Out);
        }
        catch (DataException)
        {
            return [];
        }
    }

    private void Warn(string text) => Context.Parent.Tell(new JobWarning(text));
}
