using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using Akka.Actor;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Writes checkpoints one at a time, off the actor's thread. While one is written at most one of each kind waits: a newer one takes its place. A failed write leaves
/// the last good generation alone and is tried again to a new file with growing pauses; training goes on meanwhile.
/// </summary>
public sealed class CheckpointWriter : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly ICheckpointStore _store;
    private readonly TimeSpan _firstPause;
    // What a run goes on from comes first: a best checkpoint that cannot be written holds up neither it nor the end.
    private readonly SortedDictionary<CheckpointKind, WriteCheckpoint> _waiting = new(Comparer<CheckpointKind>.Create((a, b) => Rank(a).CompareTo(Rank(b))));
    private readonly CancellationTokenSource _abandoned = new();
    private bool _writing;
    private int _failures;

    /// <summary>The writer of one run.</summary>
    public static Props Props(ICheckpointStore store, TimeSpan firstPause) => Akka.Actor.Props.Create(() => new CheckpointWriter(store, firstPause));

    /// <param name="store">Where to.</param>
    /// <param name="firstPause">Before a failed write is tried again; doubles up to two minutes.</param>
    public CheckpointWriter(ICheckpointStore store, TimeSpan firstPause)
    {
        (_store, _firstPause) = (store, firstPause);
        Receive<WriteCheckpoint>(Take);
        Receive<Done>(Ended);
        Receive<Again>(_ => Next());
        Receive<AbandonWrites>(_ => Abandon());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private void Take(WriteCheckpoint m)
    {
        _waiting[m.Kind] = m;
        if (!Timers.IsTimerActive(nameof(Again))) Next();
    }

    private void Next()
    {
        if (_writing || _waiting.Count == 0) return;
        var (kind, work) = _waiting.First();
        _waiting.Remove(kind);
        _writing = true;
        Context.Parent.Tell(new WorkBegun($"writing the {kind.ToString().ToLowerInvariant()} checkpoint of epoch {work.Checkpoint.Snapshot.Epoch}, iteration {work.Checkpoint.Snapshot.Iteration}"));
        Task.Run(() => _store.Write(work.Kind, work.Checkpoint, _abandoned.Token)).PipeTo(Self, success: digest => new Done(work, digest, null), failure: e => new Done(work, "", Cause.Of(e)));
    }

    private void Ended(Done m)
    {
        _writing = false;
        Context.Parent.Tell(WorkEnded.Instance);
        if (m.Cause is null)
        {
            _failures = 0;
            var at = m.Work.Checkpoint.Snapshot;
            Context.Parent.Tell(new CheckpointWritten(m.Work.Kind, at.Epoch, at.Iteration, m.Digest));
            Next();
            return;
        }

        // There is another owner: nothing of this process is to be written any more.
        if (m.Cause is RunTakenOverException)
        {
            _waiting.Clear();
            Context.Parent.Tell(new CheckpointRefused(m.Cause));
            return;
        }

        _waiting.TryAdd(m.Work.Kind, m.Work);
        var pause = Min(_firstPause * Math.Pow(2, Math.Min(_failures++, 16)), LongestPause);
        Context.Parent.Tell(new CheckpointDelayed(m.Work.Kind, _failures, m.Cause.GetBaseException().Message, pause));
        Timers.StartSingleTimer(nameof(Again), new Again(), pause);
    }

    private void Abandon()
    {
        _abandoned.Cancel();
        Context.Stop(Self);
    }

    private static int Rank(CheckpointKind kind) => kind switch { CheckpointKind.Latest => 0, CheckpointKind.Final => 1, _ => 2 };

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private sealed record Done(WriteCheckpoint Work, string Digest, Exception? Cause);

    private sealed record Again;
}
