using ActorSeg.Compute.Augmentation;
using Akka.Actor;

namespace ActorSeg.Actors.Training;

/// <summary>What can be said to and by the data loader. Batches are pulled: a consumer names the one it needs, a worker asks when it is idle.</summary>
public static class LoaderProtocol
{
    /// <summary>The sender (trainer or validator) needs this batch now; it has one request out at a time.</summary>
    public sealed record WantBatch(BatchKey Key);

    /// <summary>The batch is the receiver's: it disposes it.</summary>
    public sealed record BatchReady(Batch Batch) : ICarriesBatch;

    /// <summary>An augmentation worker is idle.</summary>
    public sealed record WantWork
    {
        /// <summary>The one instance.</summary>
        public static WantWork Instance { get; } = new();
    }

    /// <summary>The worker builds this batch.</summary>
    public sealed record BuildBatch(BatchKey Key, int Attempt);

    /// <summary>The batch is built, and the loader's.</summary>
    public sealed record BatchBuilt(BatchKey Key, int Attempt, Batch Batch) : ICarriesBatch;

    /// <summary>A batch could not be built in all its tries; the run cannot go on without it.</summary>
    public sealed record BatchGivenUp(BatchKey Key, int Tries, Exception Cause);

    /// <summary>Ask this loader from now on, and again for the batch that is waited for: its predecessor is gone with what it held.</summary>
    public sealed record UseLoader(IActorRef Loader);

    /// <summary>A message that carries a batch: as a dead letter it is disposed.</summary>
    public interface ICarriesBatch
    {
        /// <summary>What it carries.</summary>
        Batch Batch { get; }
    }
}
