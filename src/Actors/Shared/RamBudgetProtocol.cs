namespace ActorSeg.Actors.Shared;

/// <summary>What can be said to and by the budget of this node's memory. Nobody loads a volume without a lease.</summary>
public static class RamBudgetProtocol
{
    /// <summary>How often an unanswered request is made again: a budget that was restarted has forgotten it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The sender wants to hold this many bytes, and nothing else. Asking again is harmless; <paramref name="What"/> names it in errors.
    /// </summary>
    public sealed record RequestLease(long Bytes, string What);

    /// <summary>The bytes are the requester's until it says <see cref="ReleaseLease"/> or dies.</summary>
    public sealed record LeaseGranted(long Bytes);

    /// <summary>More than the node has (<paramref name="Total"/>): it can never be granted.</summary>
    public sealed record LeaseRefused(long Bytes, long Total, string What);

    /// <summary>The holder hangs: what it holds cannot be counted on until it ends.</summary>
    public sealed record AbandonLease(Akka.Actor.IActorRef Holder);

    /// <summary>The sender gives back all it holds, and waits for nothing more.</summary>
    public sealed record ReleaseLease
    {
        /// <summary>The one instance.</summary>
        public static ReleaseLease Instance { get; } = new();
    }
}
