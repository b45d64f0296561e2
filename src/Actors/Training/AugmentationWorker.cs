using ActorSeg.Actors.Shared;
using ActorSeg.Compute.Augmentation;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Builds one batch at a time on its own thread. A sample that cannot be built is told; whatever else it throws kills it, and its loader replaces it and has the
/// same batch built again.
/// </summary>
public sealed class AugmentationWorker : ReceiveActor
{
    private readonly IBatchSource _source;
    private readonly CancellationToken _stop;

    /// <summary>A worker; runs on <see cref="Dispatchers.Worker"/>.</summary>
    public static Props Props(IBatchSource source, CancellationToken stop) =>
        Akka.Actor.Props.Create(() => new AugmentationWorker(source, stop)).WithDispatcher(Dispatchers.Worker);

    /// <param name="source">Builds a batch from its key.</param>
    /// <param name="stop">Cancelled when the run ends or the loader gives this worker up.</param>
    public AugmentationWorker(IBatchSource source, CancellationToken stop)
    {
        (_source, _stop) = (source, stop);
        Receive<BuildBatch>(Build);
    }

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantWork.Instance);

    private void Build(BuildBatch m)
    {
        Context.Parent.Tell(new BatchBegun(m.Key));
        try
        {
            Context.Parent.Tell(new BatchBuilt(m.Key, _source.Build(m.Key, m.Without, _stop)));
        }
        catch (SampleException cause) when (cause.InnerException is not OutOfMemoryException)
        {
            Context.Parent.Tell(new BatchFailed(m.Key, cause));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The run has ended or given this worker up: there is nothing to tell anyone.
            Context.Stop(Self);
            return;
        }

        Context.Parent.Tell(WantWork.Instance);
    }
}
