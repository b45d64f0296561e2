using ActorSeg.Actors;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Hosting;

/// <summary>Runs jobs; the only thing commands ask of the rest of the program.</summary>
internal interface IJobRunner
{
    /// <summary>Runs the jobs in order and gives one result for each. Events come on any thread.</summary>
    /// <param name="jobs">In order.</param>
    /// <param name="onEvent">Told of progress.</param>
    /// <param name="stop">Asks for an orderly stop, which ends in <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="Compute.ActorSegException">A job failed for a reason the user can act on.</exception>
    Task<IReadOnlyList<JobResult>> Run(IReadOnlyList<Job> jobs, Action<JobEvent> onEvent, CancellationToken stop);
}

/// <summary>Runs jobs on a node of actors in this process; the node lives as long as the call.</summary>
internal sealed class NodeJobRunner(Settings settings, Func<string, string?> variable) : IJobRunner
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<JobResult>> Run(IReadOnlyList<Job> jobs, Action<JobEvent> onEvent, CancellationToken stop)
    {
        await using var node = ActorSegNode.Start(settings.Config, variable);
        return await node.Run(jobs, onEvent, stop).ConfigureAwait(false);
    }
}
