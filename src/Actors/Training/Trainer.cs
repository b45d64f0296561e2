using System.Diagnostics;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Training;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Owns network, optimiser and device on a thread of its own. Asks for the batch it needs, does one iteration a message, and answers control between two of
/// them. Holds one batch. What it throws kills it; the run replaces it from the last durable checkpoint.
/// </summary>
public sealed class Trainer : ReceiveActor
{
    private readonly int _incarnation;
    private readonly TrainingPlan _plan;
    private readonly ITrainingEngines _engines;
    private readonly TrainingSnapshot? _from;
    private readonly TimeProvider _time;
    private readonly List<double> _losses = [];
    private ITrainingEngine? _engine;
    private BatchKey? _expected;
    private EpochCost _cost = EpochCost.None;
    private IActorRef _loader = ActorRefs.Nobody;
    private BatchReady? _held;
    private SkippedSteps _skipped;
    private TrainingOptions _options;
    private int _epoch;
    private double _started, _waited;
    private long _asked;
    private bool _isPaused;

    /// <summary>A trainer; runs on <see cref="Dispatchers.Trainer"/>.</summary>
    public static Props Props(int incarnation, TrainingPlan plan, ITrainingEngines engines, TrainingSnapshot? from, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new Trainer(incarnation, plan, engines, from, time)).WithDispatcher(Dispatchers.Trainer);

    /// <param name="incarnation">Goes into every answer.</param>
    /// <param name="plan">The run's constants.</param>
    /// <param name="engines">Makes the engine, on this actor's thread.</param>
    /// <param name="from">Where to go on; null starts with fresh weights.</param>
    /// <param name="time">Clock of the epoch's times.</param>
    public Trainer(int incarnation, TrainingPlan plan, ITrainingEngines engines, TrainingSnapshot? from, TimeProvider time)
    {
        (_incarnation, _plan, _options, _engines, _from, _time) = (incarnation, plan, plan.Options, engines, from, time);
        _skipped = new SkippedSteps(plan.Run.Skips);
        Receive<TrainEpoch>(Begin);
        Receive<BatchReady>(Take);
        Receive<ControlTrainer>(Control);
        Receive<TakeSnapshot>(Copy);
        Receive<UseLoader>(Turn);
        Receive<YourTurn>(_ => TakeTurn());
    }

    private double Now => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _engine = _engines.CreateTrainer();
        _engine.Use(_plan.Options);
        if (_from is { } from) _engine.Restore(from, _plan.FoldFolder);
        _epoch = _from?.Epoch ?? 0;
        Context.Parent.Tell(WorkEnded.Instance);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _held?.Batch.Dispose();
        _engine?.Dispose();
    }

    private void Turn(UseLoader m)
    {
        _loader = m.Loader;
        Ask();
    }

    private void Begin(TrainEpoch m)
    {
        (_epoch, _started) = (m.Epoch, Now);
        _cost = EpochCost.None;
        _losses.Clear();
        _losses.AddRange(m.LossesSoFar);
        _expected = new BatchKey(_plan.Options.Seed, _plan.Fold, Validation: false, m.Epoch, m.FromIteration);
        Ask();
    }

    private void Ask()
    {
        if (_expected is not { } key) return;
        _asked = Stopwatch.GetTimestamp();
        _loader.Tell(new WantBatch(key));
    }

    // A pause does not count as waiting, and the batch that comes in it is the first one after it.
    private void Take(BatchReady m)
    {
        _waited = Stopwatch.GetElapsedTime(_asked).TotalSeconds;
        if (m.Batch.Key != _expected || _held is not null)
        {
            m.Batch.Dispose();
            return;
        }

        _held = m;
        Proceed();
    }

    private void Proceed()
    {
        if (_isPaused || _held is null) return;
        if (_plan.TakesTurns) Context.Parent.Tell(WantTurn.Instance);
        else Iterate();
    }

    // A pause may have begun since the turn was asked for.
    private void TakeTurn()
    {
        if (!_isPaused) Iterate();
        Context.Parent.Tell(TurnOver.Instance);
    }

    private void Iterate()
    {
        if (_held is not { } m) return;
        _held = null;
        using var batch = m.Batch;
        if (batch.Key != _expected) return;
        Begin($"iteration {batch.Key.Index} of epoch {_epoch}");
        var begun = Stopwatch.GetTimestamp();
        var loss = Step(batch);
        var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        _cost = _cost.With(batch.Cost, took, _waited, m.Ready, m.Workers);
        Context.Parent.Tell(new StepDone(_incarnation, _epoch, batch.Key.Index, loss, took, _waited));
        if (batch.Key.Index + 1 < _plan.Options.IterationsPerEpoch)
        {
            _expected = batch.Key with { Index = batch.Key.Index + 1 };
            Ask();
        }
        else EndEpoch();

        Context.Parent.Tell(WorkEnded.Instance);
    }

    private static void Begin(string work) => Context.Parent.Tell(new WorkBegun(work));

    private double Step(Batch batch)
    {
        try
        {
            var loss = _engine!.Step(batch, _epoch);
            _losses.Add(loss);
            return loss;
        }
        catch (NonFiniteLossException cause)
        {
            _losses.Add(double.NaN);
            var told = $"{cause.Message} (cases {string.Join(", ", batch.Cases)})";
            _skipped = _skipped.With(((long)_epoch * _plan.Options.IterationsPerEpoch) + batch.Key.Index);
            Context.Parent.Tell(new StepSkipped(_incarnation, _epoch, batch.Key.Index, told));
            return _skipped.TooMany ? throw new DivergedException(
                $"{_skipped.Count} of {_plan.Run.Skips.Within} steps were not finite, the last in batch {batch.Key.Index} of epoch {_epoch}: {told}", cause) : double.NaN;
        }
    }

    private void EndEpoch()
    {
        _expected = null;
        var finite = _losses.Where(double.IsFinite).ToList();
        var loss = finite.Count == 0 ? double.NaN : finite.Average();
        var epoch = _epoch++;
        _losses.Clear();
        var snapshot = Snapshot();
        _engine!.Tidy();
        Context.Parent.Tell(new EpochTrained(_incarnation, epoch, snapshot, loss, _started, Now, _cost));
    }

    private void Copy(TakeSnapshot m)
    {
        var snapshot = Snapshot();
        if (m.ThenStop) _expected = null;
        Context.Parent.Tell(new SnapshotTaken(_incarnation, snapshot, m.ThenStop));
    }

    private void Control(ControlTrainer m)
    {
        if (m.Command is ChangeSchedule change) _engine!.Use(_options = change.Of(_options));
        _isPaused = m.Command switch { PauseRun => true, ResumeRun => false, _ => _isPaused };
        Context.Parent.Tell(new TrainerControlled(_incarnation, m.Number, _epoch, _expected?.Index ?? 0, m.Command is ResumeRun ? null : Snapshot()));
        Proceed();
    }

    private TrainingSnapshot Snapshot()
    {
        Begin("copying the weights");
        var begun = Stopwatch.GetTimestamp();
        var snapshot = _engine!.Snapshot(_epoch, _expected?.Index ?? 0, [.. _losses]);
        _cost = _cost.WithCopy(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        Context.Parent.Tell(WorkEnded.Instance);
        return snapshot;
    }
}
