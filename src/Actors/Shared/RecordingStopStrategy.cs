using Akka.Actor;
using Akka.Actor.Internal;

namespace ActorSeg.Actors.Shared;

/// <summary>
/// Stops a child that threw, and first tells its parent which child and why: the parent watches its children, and a death notice carries no cause.
/// </summary>
public sealed class RecordingStopStrategy(Action<IActorRef, Exception> record)
    : OneForOneStrategy(-1, -1, _ => Directive.Stop, loggingEnabled: true)
{
    /// <inheritdoc/>
    public override void ProcessFailure(IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        record(child, cause);
        base.ProcessFailure(context, restart, child, cause, stats, children);
    }
}
