using Akka.Actor;
using Akka.Persistence;
using static ActorSeg.Actors.Runs.JournalProtocol;

namespace ActorSeg.Actors.Runs;

/// <summary>
/// Appends events to a run's journal. It recovers nothing but the number of the last row: a run's truth is its checkpoint, and the journal explains. Akka stops a persistent
/// actor whose write failed; the journal above it keeps the events and starts another.
/// </summary>
internal sealed class JournalWriter : ReceivePersistentActor
{
    // A run and its file belong to each other, whatever the folder is called by now.
    private const string TheRun = "training-run", NoSnapshots = "akka.persistence.no-snapshot-store";

    /// <summary>The writer of one file.</summary>
    public static Props Props(string plugin) => Akka.Actor.Props.Create(() => new JournalWriter(plugin));

    /// <param name="plugin">Id of the journal plugin.</param>
    public JournalWriter(string plugin)
    {
        (JournalPluginId, SnapshotPluginId) = (plugin, NoSnapshots);
        Command<AppendEvents>(m =>
        {
            var left = m.Events.Count;
            PersistAll(m.Events, _ =>
            {
                if (--left == 0) Context.Parent.Tell(new EventsAppended(m.Events.Count));
            });
        });
    }

    /// <inheritdoc/>
    public override string PersistenceId => TheRun;

    /// <inheritdoc/>
    public override Recovery Recovery => Recovery.None;

    // The parent tells the user; Akka would log stack traces.
    /// <inheritdoc/>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Context.Parent.Tell(new AppendFailed(cause.GetBaseException().Message));

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Context.Parent.Tell(new AppendFailed(cause.GetBaseException().Message));
        Context.Stop(Self);
    }

    /// <inheritdoc/>
    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Context.Parent.Tell(new AppendFailed(reason.GetBaseException().Message));
}
