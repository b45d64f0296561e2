using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using Akka.Actor;

namespace ActorSeg.Actors.Training;

/// <summary>What can be said to and by the data loader. Batches are pulled: a consumer names the one it needs, a worker asks when it is idle.</summary>
public static class LoaderProtocol
{
    /// <summary>The sender (trainer or validator) needs this batch now; it has one request out at a time.</summary>
    public sealed record WantBatch(BatchKey Key);

    /// <summary>The batch is the receiver's: it disposes it.</summary>
    /// <param name="Batch">The one that was wanted.</param>
    /// <param name="Ready">Batches that lay ready when it was asked for.</param>
    /// <param name="Workers">That build batches now.</param>
    public sealed record BatchReady(Batch Batch, int Ready, int Workers) : ICarriesBatch;

    /// <summary>An augmentation worker is idle.</summary>
    public sealed record WantWork
    {
        /// <summary>The one instance.</summary>
        public static WantWork Instance { get; } = new();
    }

    /// <summary>The worker builds this batch, without some cases.</summary>
    public sealed record BuildBatch(BatchKey Key, IReadOnlySet<CaseId> Without);

    /// <summary>The worker begins with the batch: from here on it may be too slow, and its death the batch's fault.</summary>
    public sealed record BatchBegun(BatchKey Key);

    /// <summary>The batch is built, and the loader's.</summary>
    public sealed record BatchBuilt(BatchKey Key, Batch Batch) : ICarriesBatch;

    /// <summary>A sample of the batch could not be built this time; the worker is well.</summary>
    public sealed record BatchFailed(BatchKey Key, SampleException Cause);

    /// <summary>
    /// The case is out of the run from here on: each sample that would be of it is of another. Sent before any batch goes out that is built without it.
    /// </summary>
    public sealed record CaseLost(LostCase Lost);

    /// <summary>Batches cannot be built any more; the run cannot go on.</summary>
    /// <param name="Key">Which batch; null where none can.</param>
    /// <param name="Tries">How often it was tried.</param>
    /// <param name="Cause">Of the last failure.</param>
    public sealed record BatchGivenUp(BatchKey? Key, int Tries, Exception Cause);

    /// <summary>Ask this loader from now on, and again for the batch that is waited for: its predecessor is gone with what it held.</summary>
    public sealed record UseLoader(IActorRef Loader);

    /// <summary>The training has so many epochs now: what is built ahead ends with the last.</summary>
    public sealed record UseSchedule(int Epochs);

    /// <summary>A message that carries a batch: as a dead letter it is disposed.</summary>
    public interface ICarriesBatch
    {
        /// <summary>What it carries.</summary>
        Batch Batch { get; }
    }
}
