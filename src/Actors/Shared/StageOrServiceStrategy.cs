using Akka.Actor;
using Akka.Actor.Internal;

namespace ActorSeg.Actors.Shared;

/// <summary>The node's rule: its services (budget, registry) are restarted under their rule's tries and window, stages are stopped.</summary>
public sealed class StageOrServiceStrategy(SupervisionTable rules) : OneForOneStrategy(_ => Directive.Stop)
{
    /// <inheritdoc/>
    public override void ProcessFailure(IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        var service = SupervisionTable.Names.Contains(child.Path.Name);
        var again = service && rules[child.Path.Name] is var rule && stats.RequestRestartPermission(rule.Tries, (int)rule.Window.TotalMilliseconds);
        base.ProcessFailure(context, again, child, cause, stats, children);
        // Without its budget or its registry a node can promise nothing.
        if (service && !again) context.System.Terminate();
    }
}
