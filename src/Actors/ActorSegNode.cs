using ActorSeg.Actors.Experiments;
using Akka.Configuration;

namespace ActorSeg.Actors;

/// <summary>
/// The edge: one node's actor system behind plain tasks. The only place outside the actors that knows there are any.
/// </summary>
public sealed class ActorSegNode : IAsyncDisposable
{
    /// <summary>Starts the node. <paramref name="config"/> is the effective configuration (akka and actorseg sections).</summary>
    public static ActorSegNode Start(Config config) => throw new NotImplementedException();

    /// <summary>
    /// Runs jobs in order as one experiment. Events come on any thread. Cancelling asks for an orderly stop: a training writes a checkpoint first,
    /// and the task then ends with <see cref="OperationCanceledException"/>.
    /// </summary>
    /// <exception cref="Compute.ActorSegException">A job failed for a reason the user can act on.</exception>
    public Task<IReadOnlyList<JobResult>> Run(IReadOnlyList<Job> jobs, Action<JobEvent> onEvent, CancellationToken stop) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
