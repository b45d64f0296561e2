using ActorSeg.Actors.Shared;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>Builds one batch at a time on its own thread. What it throws kills it; its loader replaces it and has the same batch built again.</summary>
public sealed class AugmentationWorker : ReceiveActor
{
    /// <summary>A worker; runs on <see cref="Dispatchers.Worker"/>.</summary>
    public static Props Props(IBatchSource source, CancellationToken stop) =>
        Akka.Actor.Props.Create(() => new AugmentationWorker(source, stop)).WithDispatcher(Dispatchers.Worker);

    /// <param name="source">Builds a batch from its key.</param>
    /// <param name="stop">Cancelled when the loader stops.</param>
    public AugmentationWorker(IBatchSource source, CancellationToken stop) => Receive<BuildBatch>(m =>
    {
        Context.Parent.Tell(new BatchBuilt(m.Key, m.Attempt, source.Build(m.Key, stop)));
        Context.Parent.Tell(WantWork.Instance);
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantWork.Instance);
}
