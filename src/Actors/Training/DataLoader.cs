using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute.Augmentation;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Deals batch numbers to augmentation workers that ask, and batches to consumers that ask. Holds at most the prefetch limit of batches
/// (plus one a waiting consumer), and disposes those it still holds when it stops.
/// </summary>
public sealed class DataLoader : ReceiveActor
{
    private readonly Dictionary<BatchKey, Batch> _batches = [];
    private readonly Dictionary<string, IActorRef> _consumers = [];
    private readonly Dictionary<string, Exception> _causes = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<CancellationToken, Props> _worker;
    private readonly int _workers;
    private LoaderState _state;

    /// <summary>The loader of one run.</summary>
    public static Props Props(TrainingPlan plan, IBatchSource source) => Akka.Actor.Props.Create(() => new DataLoader(plan, stop => AugmentationWorker.Props(source, stop)));

    /// <param name="plan">The run's constants.</param>
    /// <param name="worker">Makes one worker; it asks with <see cref="WantWork"/> when it is idle.</param>
    public DataLoader(TrainingPlan plan, Func<CancellationToken, Props> worker)
    {
        (_worker, _workers) = (worker, plan.Augmenters);
        _state = new LoaderState(plan.Prefetch, plan.Tries, plan.Options.Epochs, plan.Options.IterationsPerEpoch, plan.Options.ValidationIterations);
        Receive<WantBatch>(Ask);
        Receive<WantWork>(_ => Advance(_state.WorkerIdle(Sender.Path.Name)));
        Receive<BatchBuilt>(Take);
        Receive<Terminated>(m => Replace(m.ActorRef.Path.Name));
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        for (var n = 1; n <= _workers; n++) Hire($"augmenter-{n}");
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stop.Cancel();
        foreach (var batch in _batches.Values) batch.Dispose();
        _batches.Clear();
    }

    // A worker that threw may hold half a batch: it is replaced, never resumed. The batch is a function of its key, so the replacement builds the same.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child.Path.Name] = cause);

    private void Hire(string name) => Context.Watch(Context.ActorOf(_worker(_stop.Token), name));

    private void Replace(string name)
    {
        Hire(name);
        _causes.Remove(name, out var cause);
        cause ??= new InvalidOperationException($"{Self.Path}/{name} died");
        if (_state.Held.TryGetValue(name, out var work))
            Context.Parent.Tell(new JobWarning($"batch {work.Key.Index} of epoch {work.Key.Epoch}, try {work.Attempt}: {cause.Message}; {name} is replaced and builds it again"));
        Advance(_state.Lost(name, cause));
    }

    private void Ask(WantBatch m)
    {
        _consumers[Sender.Path.Name] = Sender;
        Advance(_state.Asked(Sender.Path.Name, m.Key));
    }

    private void Take(BatchBuilt m)
    {
        if (!_state.Holds(Sender.Path.Name, m.Key, m.Attempt) || !_batches.TryAdd(m.Key, m.Batch))
        {
            m.Batch.Dispose();
            return;
        }

        Advance(_state.Built(Sender.Path.Name, m.Key));
    }

    private void Advance(LoaderState next)
    {
        var before = _state.GivenUp.Count;
        (_state, var delivered, var dealt, var dropped) = next.Deal();
        foreach (var (consumer, key) in delivered)
            if (_batches.Remove(key, out var batch))
                _consumers[consumer].Tell(new BatchReady(batch));
        foreach (var (worker, work) in dealt) Context.Child(worker).Tell(new BuildBatch(work.Key, work.Attempt));
        foreach (var key in dropped)
            if (_batches.Remove(key, out var batch))
                batch.Dispose();
        foreach (var (key, tries, cause) in _state.GivenUp.Skip(before)) Context.Parent.Tell(new BatchGivenUp(key, tries, cause));
    }
}
