using System.Collections.Immutable;

namespace ActorSeg.Actors.Runs;

/// <summary>What a journal does next; the actor carries it out.</summary>
internal abstract record JournalEffect
{
    /// <summary>Make sure that the file can be written.</summary>
    public sealed record Open : JournalEffect;

    /// <summary>Give these to the writer.</summary>
    public sealed record Append(IReadOnlyList<Recorded> Events) : JournalEffect;

    /// <summary>Wait, then try again.</summary>
    public sealed record Pause(TimeSpan Time) : JournalEffect;

    /// <summary>Tell the user.</summary>
    public sealed record Say(string Text) : JournalEffect;

    /// <summary>It is closed.</summary>
    public sealed record Closed(int Unwritten) : JournalEffect;
}

/// <summary>
/// Which events are on disk, with the writer, and waiting. Pure. A journal that cannot be written holds back nobody: it keeps what happens in memory, up to a limit,
/// and tries again with growing pauses.
/// </summary>
/// <param name="Owner">Token of this process.</param>
/// <param name="Limit">Events kept at most; beyond it the oldest go.</param>
/// <param name="Tries">Failures in a row after which it is tried again only when the journal is closed.</param>
/// <param name="FirstPause">Before a failed write is tried again; doubles up to <paramref name="LongestPause"/>.</param>
/// <param name="LongestPause">The most.</param>
/// <param name="Known">Epochs that lie behind the run: a process that was killed may have written its checkpoint and not its journal.</param>
internal sealed record RunJournalState(long Owner, int Limit, int Tries, TimeSpan FirstPause, TimeSpan LongestPause, IReadOnlyList<EpochEnded> Known)
{
    // One transaction.
    private const int MostAtOnce = 200;

    private enum Phase
    {
        Opening,
        Ready,
        Pausing,
    }

    public ImmutableList<Recorded> Waiting { get; private init; } = [];
    public int Failures { get; private init; }

    private Phase At { get; init; } = Phase.Opening;
    private int Sent { get; init; }
    private int Dropped { get; init; }
    private long Numbered { get; init; }
    private bool HasWritten { get; init; }
    private bool Closing { get; init; }
    private Recorded? Start { get; init; }

    /// <summary>Something happened.</summary>
    public (RunJournalState, ImmutableList<JournalEffect>) Kept(RunEvent happened, DateTimeOffset at)
    {
        var (next, recorded) = Number(happened, at);
        next = next with { Waiting = Waiting.Add(recorded), Start = happened is RunStarted ? recorded : Start };
        // Those with the writer are on their way.
        if (next.Waiting.Count > Limit) next = next with { Waiting = next.Waiting.RemoveAt(Math.Min(Sent, Limit - 1)), Dropped = Dropped + 1 };
        return next.Send(at);
    }

    /// <summary>The file can be written, as far as one can see. A history that is not there any more is begun anew with what is known of this process.</summary>
    public (RunJournalState, ImmutableList<JournalEffect>) Opened(JournalOpening opening, DateTimeOffset at)
    {
        var lost = opening switch
        {
            { SetAside: { } aside } => $"the run's journal was broken ({opening.Why}) and lies at {aside} now; a new one begins",
            { Created: true } when HasWritten => "the run's journal was removed; a new one begins",
            _ => null,
        };
        var next = this with { At = Phase.Ready };
        ImmutableList<Recorded> first = [];
        if (lost is not null)
        {
            next = next with { HasWritten = false };
            Add(new HistoryLost(WithoutFolder(lost, opening), 0), at);
            if (Start is { } start && !Waiting.Contains(start)) first = first.Add(start);
        }

        if (!next.HasWritten)
            foreach (var epoch in Known.Where(e => opening.Epochs?.Contains(e.Epoch) != true && !IsWaiting(e))) Add(epoch, EndOf(epoch) ?? at);
        var (after, effects) = (next with { Waiting = Waiting.InsertRange(0, first) }).Send(at);
        return (after, lost is null ? effects : effects.Insert(0, new JournalEffect.Say(lost)));

        void Add(RunEvent happened, DateTimeOffset when)
        {
            (next, var recorded) = next.Number(happened, when);
            first = first.Add(recorded);
        }
    }

    /// <summary>The first so many are on disk.</summary>
    public (RunJournalState, ImmutableList<JournalEffect>) Appended(int count, DateTimeOffset at)
    {
        var (next, effects) = (this with { Waiting = Waiting.RemoveRange(0, count), Sent = 0, Failures = 0, HasWritten = true }).Send(at);
        return (next, Failures == 0 ? effects : effects.Insert(0, new JournalEffect.Say("the run's journal is written again")));
    }

    /// <summary>Opening or writing failed; what was with the writer may be on disk or not, and is written again.</summary>
    public (RunJournalState, ImmutableList<JournalEffect>) Failed(string cause)
    {
        var next = this with { At = Phase.Pausing, Sent = 0, Failures = Failures + 1 };
        if (Closing) return (next, [new JournalEffect.Closed(Waiting.Count)]);
        if (Failures >= Tries) return (next, []);
        var pause = new JournalEffect.Pause(TimeSpan.FromTicks(Math.Min((FirstPause * Math.Pow(2, Math.Min(Failures, 20))).Ticks, LongestPause.Ticks)));
        return (next, Failures > 0 ? [pause] :
        [
            new JournalEffect.Say($"the run's journal cannot be written ({cause}): the training goes on, and its history is kept in memory until it can"), pause,
        ]);
    }

    /// <summary>The pause is over.</summary>
    public (RunJournalState, ImmutableList<JournalEffect>) TriedAgain() => At == Phase.Pausing ? (this with { At = Phase.Opening }, [new JournalEffect.Open()]) : (this, []);

    /// <summary>Nothing more will come: what waits is written, in one more try where it could not be so far.</summary>
    public (RunJournalState, ImmutableList<JournalEffect>) AskedToClose(DateTimeOffset at)
    {
        var next = this with { Closing = true };
        return At == Phase.Pausing ? next.TriedAgain() : next.Send(at);
    }

    private (RunJournalState Next, Recorded Recorded) Number(RunEvent happened, DateTimeOffset at) =>
        (this with { Numbered = Numbered + 1 }, new Recorded(at, Owner, Numbered + 1, happened, RunEventTypes.NameOf(happened)));

    private (RunJournalState, ImmutableList<JournalEffect>) Send(DateTimeOffset at)
    {
        if (At != Phase.Ready || Sent > 0) return (this, []);
        var next = this;
        if (Dropped > 0)
        {
            (next, var gap) = Number(new HistoryLost("the journal could not be written, and memory keeps only so many events", Dropped), at);
            next = next with { Waiting = Waiting.Insert(0, gap), Dropped = 0 };
        }

        if (next.Waiting.IsEmpty) return (next, Closing ? [new JournalEffect.Closed(0)] : []);
        var batch = next.Waiting.GetRange(0, Math.Min(next.Waiting.Count, MostAtOnce));
        return (next with { Sent = batch.Count }, [new JournalEffect.Append(batch)]);
    }

    private bool IsWaiting(EpochEnded epoch) => Waiting.Any(w => w.Event is EpochEnded told && told.Epoch == epoch.Epoch);

    // As a checkpoint says it, which anybody may have written.
    private static DateTimeOffset? EndOf(EpochEnded epoch) =>
        epoch.Ended >= 0 && epoch.Ended < DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.UnixEpoch.AddSeconds(epoch.Ended) : null;

    // History holds no absolute path.
    private static string WithoutFolder(string text, JournalOpening opening) =>
        opening.SetAside is { } aside ? text.Replace(aside, Path.GetFileName(aside), StringComparison.Ordinal) : text;
}
