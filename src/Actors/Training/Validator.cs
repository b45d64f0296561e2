using ActorSeg.Actors.Shared;
using ActorSeg.Compute.Augmentation;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Scores a snapshot on the validation batches of its epoch while the next epoch trains, on the CPU between its iterations, or before it does (<c>actorseg.train.validation</c>). Owns a copy of the network on a thread of its own, holds one batch.
/// What it throws kills it; the run replaces it and has the same snapshot scored again.
/// </summary>
public sealed class Validator : ReceiveActor
{
    private readonly TrainingPlan _plan;
    private readonly ITrainingEngines _engines;
    private IValidationEngine? _engine;
    private BatchKey? _expected;
    private Batch? _held;
    private IActorRef _loader = ActorRefs.Nobody;

    /// <summary>A validator; runs on <see cref="Dispatchers.Worker"/>.</summary>
    public static Props Props(TrainingPlan plan, ITrainingEngines engines) =>
        Akka.Actor.Props.Create(() => new Validator(plan, engines)).WithDispatcher(Dispatchers.Worker);

    /// <param name="plan">The run's constants.</param>
    /// <param name="engines">Makes the engine, on this actor's thread.</param>
    public Validator(TrainingPlan plan, ITrainingEngines engines)
    {
        (_plan, _engines) = (plan, engines);
        Receive<ScoreSnapshot>(Begin);
        Receive<BatchReady>(Take);
        Receive<UseLoader>(Turn);
        Receive<YourTurn>(_ => TakeTurn());
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        LetGo();
        GiveBack();
    }

    private void Turn(UseLoader m)
    {
        _loader = m.Loader;
        Ask();
    }

    private void Begin(ScoreSnapshot m)
    {
        LetGo();
        Context.Parent.Tell(new WorkBegun($"taking the weights of epoch {m.Epoch}"));
        _engine ??= _engines.CreateValidator();
        _engine.Load(m.Weights, $"snapshot of epoch {m.Epoch}");
        Context.Parent.Tell(WorkEnded.Instance);
        _expected = new BatchKey(_plan.Options.Seed, _plan.Fold, Validation: true, m.Epoch, 0);
        Ask();
    }

    private void Ask()
    {
        if (_expected is { } key) _loader.Tell(new WantBatch(key));
    }

    private void Take(BatchReady m)
    {
        if (m.Batch.Key != _expected || _held is not null)
        {
            m.Batch.Dispose();
            return;
        }

        _held = m.Batch;
        if (_plan.TakesTurns) Context.Parent.Tell(WantTurn.Instance);
        else Score();
    }

    private void TakeTurn()
    {
        Score();
        Context.Parent.Tell(TurnOver.Instance);
    }

    private void Score()
    {
        if (_held is null) return;
        using var batch = _held;
        _held = null;
        Context.Parent.Tell(new WorkBegun($"validation batch {batch.Key.Index} of epoch {batch.Key.Epoch}"));
        _engine!.Add(batch);
        Context.Parent.Tell(WorkEnded.Instance);
        if (batch.Key.Index + 1 < _plan.Options.ValidationIterations)
        {
            _expected = batch.Key with { Index = batch.Key.Index + 1 };
            Ask();
            return;
        }

        _expected = null;
        var (loss, dice) = _engine.Finish();
        if (_plan.Run.InlineValidation) GiveBack();
        Context.Parent.Tell(new EpochScored(batch.Key.Epoch, loss, dice));
    }

    private void LetGo()
    {
        _held?.Dispose();
        _held = null;
    }

    // In line, the device is the trainer's alone between two validations.
    private void GiveBack()
    {
        _engine?.Dispose();
        _engine = null;
    }
}
