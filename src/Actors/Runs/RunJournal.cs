using System.Collections.Immutable;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using Akka.Actor;
using static ActorSeg.Actors.Runs.JournalProtocol;

namespace ActorSeg.Actors.Runs;

/// <summary>
/// Keeps a run's history, and tells in a small file how far its process is. Never in the way: whoever tells it something does not wait, and a journal that is
/// locked, lost or broken costs a warning. It begins with its file when the first step is done: loading what writes it takes much processor time, which the
/// start of a training would have to wait for. Holds at most <see cref="MostEvents"/> events in memory, some megabytes.
/// </summary>
public sealed class RunJournal : ReceiveActor, IWithTimers
{
    /// <summary>Events kept while the journal cannot be written.</summary>
    public const int MostEvents = 4096;

    /// <summary>A start that takes longer is worth a word before its first step.</summary>
    public static readonly TimeSpan BeginAfter = TimeSpan.FromSeconds(10);

    private const string Writer = "writer";
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1), ProgressEvery = TimeSpan.FromSeconds(5);

    private readonly RunFolder _folder;
    private readonly TimeProvider _time;
    private readonly TimeSpan _beginAfter;
    private readonly Dictionary<IActorRef, string> _causes = [];
    private IActorRef _writer = ActorRefs.Nobody;
    private RunJournalState _state;
    private long? _progressTold;
    private bool _isTelling;
    private JournalClosed? _closed;

    /// <summary>The journal of a run.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="owner">Token of this process.</param>
    /// <param name="known">Epochs that lie behind the run, for a history that does not tell of them.</param>
    /// <param name="rule">How often a write is tried again, and after which pause.</param>
    /// <param name="beginAfter">When it begins with its file although there is no progress yet.</param>
    /// <param name="time">The clock.</param>
    public static Props Props(RunFolder folder, long owner, IReadOnlyList<EpochEnded> known, SupervisionRule rule, TimeSpan beginAfter, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new RunJournal(folder, owner, known, rule, beginAfter, time));

    /// <inheritdoc cref="Props"/>
    public RunJournal(RunFolder folder, long owner, IReadOnlyList<EpochEnded> known, SupervisionRule rule, TimeSpan beginAfter, TimeProvider time)
    {
        (_folder, _beginAfter, _time) = (folder, beginAfter, time);
        _state = new RunJournalState(owner, MostEvents, rule.Tries, rule.Backoff, LongestPause, known);
        Receive<RunEvent>(m => Advance(_state.Kept(m, Now)));
        Receive<JobProgress>(Tell);
        Receive<JournalOpening>(Begin);
        Receive<Status.Failure>(m => Advance(_state.Failed(Cause.Of(m.Cause).Message)));
        Receive<EventsAppended>(m => Advance(_state.Appended(m.Count, Now)), _ => Sender.Equals(_writer));
        Receive<AppendFailed>(m => _causes[Sender] = m.Cause);
        Receive<Terminated>(m => Ended(m.ActorRef));
        Receive<TryAgain>(_ => Advance(_state.TriedAgain()));
        Receive<BeginNow>(_ => Advance(_state.Begun()));
        Receive<CloseJournal>(_ => Advance(_state.AskedToClose(Now)));
        Receive<ProgressTold>(_ =>
        {
            _isTelling = false;
            Close();
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartSingleTimer(nameof(BeginNow), new BeginNow(), _beginAfter);

    // A writer that failed stops by itself; one that threw may have half of its events on disk. Another begins, and writes them again.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child] = cause.Message);

    private void Open() => Task.Run(() => JournalFile.Prepare(_folder.Journal)).PipeTo(Self);

    private void Begin(JournalOpening m)
    {
        _writer = Context.Watch(Context.ActorOf(JournalWriter.Props(JournalPlugins.Of(Context.System).For(_folder.Journal)), Writer));
        Advance(_state.Opened(m, Now));
    }

    private void Ended(IActorRef writer)
    {
        _writer = ActorRefs.Nobody;
        Advance(_state.Failed(_causes.Remove(writer, out var cause) ? cause : $"{writer.Path} died"));
    }

    private void Advance((RunJournalState Next, ImmutableList<JournalEffect> Effects) step)
    {
        _state = step.Next;
        foreach (var effect in step.Effects) Do(effect);
    }

    private void Do(JournalEffect effect)
    {
        switch (effect)
        {
            case JournalEffect.Open: Open(); break;
            case JournalEffect.Append e: _writer.Tell(new AppendEvents(e.Events)); break;
            case JournalEffect.Pause e: Timers.StartSingleTimer(nameof(TryAgain), new TryAgain(), e.Time); break;
            case JournalEffect.Say e: Context.Parent.Tell(new JobWarning(e.Text)); break;
            case JournalEffect.Closed e:
                _closed = new JournalClosed(e.Unwritten);
                Close();
                break;
        }
    }

    // A process that ends in the middle of the small file would leave its temporary one behind.
    private void Close()
    {
        if (_closed is { } closed && !_isTelling) Context.Parent.Tell(closed);
    }

    // At most one file in five seconds, and none while the last is not written: a slow disk loses news and nothing else.
    private void Tell(JobProgress m)
    {
        Advance(_state.Begun());
        if (_isTelling || _closed is not null || (_progressTold is { } last && _time.GetElapsedTime(last) < ProgressEvery)) return;
        (_progressTold, _isTelling) = (_time.GetTimestamp(), true);
        var progress = RunProgress.Of(m, _state.Owner, Now);
        Task.Run(() => progress.Write(_folder)).PipeTo(Self, success: () => new ProgressTold(), failure: _ => new ProgressTold());
    }

    private sealed record BeginNow;

    private sealed record TryAgain;

    private sealed record ProgressTold;
}
