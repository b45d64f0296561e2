namespace ActorSeg.Actors.Shared;

/// <summary>Bytes that may be leased on a node.</summary>
/// <param name="Shared">To several at once.</param>
/// <param name="Alone">To one when nobody else holds any.</param>
public sealed record MemoryBudget(long Shared, long Alone)
{
    // What the runtime, the actors and uncollected garbage take: about 150 MiB, measured, and room above it.
    private const long Reserve = 256L << 20;

    /// <summary>The budget within a limit for the whole process.</summary>
    /// <param name="limit">Bytes.</param>
    /// <param name="share">Of the limit, that may be leased to several at once.</param>
    public static MemoryBudget Within(long limit, double share)
    {
        var alone = Math.Max(limit - Reserve, limit / 2);
        return new MemoryBudget(Math.Min((long)(limit * share), alone), alone);
    }
}
