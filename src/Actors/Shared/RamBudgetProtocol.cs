namespace ActorSeg.Actors.Shared;

/// <summary>What can be said to and by the budget of this node's memory. Nobody loads a volume without a lease.</summary>
public static class RamBudgetProtocol
{
    /// <summary>The sender wants to hold this many bytes. One request at a time from one actor; <paramref name="What"/> names it in errors.</summary>
    public sealed record RequestLease(long Bytes, string What);

    /// <summary>The bytes are the requester's until it says <see cref="ReleaseLease"/> or dies.</summary>
    public sealed record LeaseGranted(long Bytes);

    /// <summary>More than the node has: it can never be granted.</summary>
    public sealed record LeaseRefused(long Bytes, long Total, string What);

    /// <summary>The sender gives back all it holds, and waits for nothing more.</summary>
    public sealed record ReleaseLease
    {
        /// <summary>The one instance.</summary>
        public static ReleaseLease Instance { get; } = new();
    }
}
