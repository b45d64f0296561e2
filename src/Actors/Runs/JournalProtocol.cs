namespace ActorSeg.Actors.Runs;

/// <summary>What can be said to and by a run's journal. Beside these it takes <see cref="RunEvent"/>s to keep, and progress.</summary>
public static class JournalProtocol
{
    /// <summary>Write what is left, try once more if need be, and answer <see cref="JournalClosed"/>.</summary>
    public sealed record CloseJournal
    {
        /// <summary>The one instance.</summary>
        public static CloseJournal Instance { get; } = new();
    }

    /// <summary>Nothing more will be written.</summary>
    /// <param name="Unwritten">Events that could not be.</param>
    public sealed record JournalClosed(int Unwritten);

    /// <summary>For the writer: append these, all or none, and answer <see cref="EventsAppended"/>.</summary>
    public sealed record AppendEvents(IReadOnlyList<Recorded> Events);

    /// <summary>So many events are on disk.</summary>
    public sealed record EventsAppended(int Count);

    /// <summary>The writer could not write and stops; whether what it was given is on disk is not known.</summary>
    public sealed record AppendFailed(string Cause);
}
