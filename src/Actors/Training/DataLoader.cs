using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using Akka.Actor;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Deals batch numbers to augmentation workers that ask, and batches to consumers that ask. Every decision is <see cref="LoaderState"/>'s; this carries it out.
/// Holds at most the batches that its lease of memory has room for, and disposes those it still holds when it stops.
/// </summary>
public sealed partial class DataLoader : ReceiveActor, IWithTimers
{
    /// <summary>How often it is looked at whether there are too few workers, or too many.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly LoaderParts _parts;
    private readonly Func<CancellationToken, Props> _worker;
    private readonly LoaderRoom _room;
    private readonly long _begun;
    private readonly Dictionary<BatchKey, Batch> _batches = [];
    private readonly Dictionary<string, (IActorRef Actor, int Ready)> _consumers = [];
    private readonly Dictionary<string, (IActorRef Actor, CancellationTokenSource Cancel, TimeSpan Since)> _hands = [];
    private readonly Dictionary<string, Exception> _causes = [];
    private LoaderState _state;
    private LearnedLimit _patience;
    private LoadMeter _meter = new(TimeSpan.Zero);
    private bool _waitTold;

    /// <summary>The loader of one run.</summary>
    public static Props Props(LoaderParts parts) => Akka.Actor.Props.Create(() => new DataLoader(parts, stop => AugmentationWorker.Props(parts.Source, stop)));

    /// <param name="parts">What it works with.</param>
    /// <param name="worker">Makes one worker; it asks with <see cref="WantWork"/> when it is idle.</param>
    public DataLoader(LoaderParts parts, Func<CancellationToken, Props> worker)
    {
        (_parts, _worker, _begun) = (parts, worker, parts.Time.GetTimestamp());
        var loading = parts.Plan.Loading;
        _room = LoaderRoom.Within(loading.Buffer, loading.Prefetch, loading.MostWorkers, parts.Source.Bytes);
        _patience = new LearnedLimit(loading.StallAfter);
        _state = new LoaderState(Schedule.Of(parts.Plan.Options), parts.Rules, loading.Prefetch, new WorkerCount(loading.FewestWorkers, loading.MostWorkers)) { Faults = CaseFaults.Of(parts.Lost) };
        Receive<WantBatch>(Ask);
        Receive<UseSchedule>(m => Advance(_state with { Schedule = _state.Schedule with { Epochs = m.Epochs } }));
        Receive<WantWork>(_ => Advance(_state.WorkerIdle(Worker)));
        Receive<BatchBegun>(Begin);
        Receive<BatchBuilt>(Take);
        Receive<BatchFailed>(Fail);
        Receive<WorkerHangs>(GiveUp);
        Receive<Terminated>(m => Bury(m.ActorRef.Path.Name));
        Receive<BatchRested>(m => Advance(_state.Rested(m.Key)));
        Receive<PauseEnded>(_ => Advance(_state.Resumed()));
        Receive<WindowEnded>(_ => Review());
        Receive<LeaseGranted>(_ => Open());
        Receive<LeaseRefused>(Refuse);
        Receive<AskAgain>(_ => AskForMemory());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private string Worker => Sender.Path.Name;

    private TimeSpan Now => _parts.Time.GetElapsedTime(_begun);

    private long Lease => _room.Total + _room.Sizes.Kept;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(AskAgain), new AskAgain(), Patience);
        Timers.StartPeriodicTimer(nameof(WindowEnded), new WindowEnded(), Window);
        _parts.RamBudget.Tell(new RequestLease(Lease, What));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        foreach (var hand in _hands.Values) hand.Cancel.Dispose();
        foreach (var batch in _batches.Values) batch.Dispose();
        _batches.Clear();
    }

    // A worker that threw may hold half a batch: it is replaced, never resumed. The batch is a function of its key, so the replacement builds the same.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child.Path.Name] = cause);

    private string What => $"loading of {_parts.Plan.Name}";

    private void Open()
    {
        Timers.Cancel(nameof(AskAgain));
        Advance(_state.Leased(_room));
    }

    private void AskForMemory()
    {
        if (!_waitTold) Warn($"{What} waits for {Lease >> 20} MiB of memory that others hold");
        _waitTold = true;
        _parts.RamBudget.Tell(new RequestLease(Lease, What));
    }

    private void Refuse(LeaseRefused m)
    {
        Timers.Cancel(nameof(AskAgain));
        Advance(_state.Refused(new ResourceException(
            $"{m.What} needs {m.Bytes >> 20} MiB of memory and there are {m.Total >> 20} MiB; lower --batch-size or actorseg.train.buffer, or raise actorseg.memory.limit")));
    }

    private void Ask(WantBatch m)
    {
        var ready = _state.Ready.Keys.Count(key => key.Validation == m.Key.Validation);
        _consumers[Sender.Path.Name] = (Sender, ready);
        if (!m.Key.Validation) _meter = _meter.Asked(Now, ready);
        Advance(_state.Asked(Sender.Path.Name, m.Key));
    }

    private void Begin(BatchBegun m)
    {
        if (!_state.Holds(Worker, m.Key)) return;
        _hands[Worker] = _hands[Worker] with { Since = Now };
        Timers.StartSingleTimer(Worker, new WorkerHangs(Worker, m.Key, _patience.Limit), _patience.Limit);
        Advance(_state.Begun(Worker, m.Key));
    }

    private void Take(BatchBuilt m)
    {
        if (!_state.Holds(Worker, m.Key) || !_batches.TryAdd(m.Key, m.Batch))
        {
            m.Batch.Dispose();
            return;
        }

        Timers.Cancel(Worker);
        _patience = _patience.Took(Now - _hands[Worker].Since);
        Advance(_state.Built(Worker, m.Key, m.Batch.Cases));
    }

    private void Fail(BatchFailed m)
    {
        Timers.Cancel(Worker);
        Advance(_state.Failed(Worker, m.Key, m.Cause));
    }

    // Its thread cannot be stopped from outside: it is told to, left behind, and what it holds is not counted on until it ends.
    private void GiveUp(WorkerHangs m)
    {
        if (!_state.Holds(m.Worker, m.Key)) return;
        var (actor, cancel, _) = _hands[m.Worker];
        cancel.Cancel();
        Context.Stop(actor);
        Advance(_state.GaveUp(m.Worker, new TimeoutException($"did not end within {m.Limit}")));
    }

    private void Bury(string name)
    {
        Timers.Cancel(name);
        if (_hands.Remove(name, out var hand)) hand.Cancel.Dispose();
        _causes.Remove(name, out var cause);
        Advance(_state.Lost(name, cause ?? new InvalidOperationException("ended without a word")));
    }

    private void Review()
    {
        (_meter, var window) = _meter.Close(Now);
        Advance(_state.Resized(window));
    }

    private sealed record WorkerHangs(string Worker, BatchKey Key, TimeSpan Limit);

    private sealed record BatchRested(BatchKey Key);

    private sealed record PauseEnded;

    private sealed record WindowEnded;

    private sealed record AskAgain;
}
