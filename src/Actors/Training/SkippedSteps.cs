using System.Collections.Immutable;
using ActorSeg.Actors.Shared;

namespace ActorSeg.Actors.Training;

/// <summary>Which of the last steps were skipped as they were not finite. Pure.</summary>
/// <param name="Limit">How many may be.</param>
internal sealed record SkippedSteps(SkipLimit Limit)
{
    private ImmutableQueue<long> Steps { get; init; } = [];

    /// <summary>Skipped within the window.</summary>
    public int Count { get; private init; }

    /// <summary>Whether skipping does not help any more.</summary>
    public bool TooMany => Count >= Limit.Steps;

    /// <summary>With one more.</summary>
    /// <param name="step">Its number since the run began.</param>
    public SkippedSteps With(long step)
    {
        var (steps, count) = (Steps.Enqueue(step), Count + 1);
        for (; steps.Peek() <= step - Limit.Within; count--) steps = steps.Dequeue();
        return this with { Steps = steps, Count = count };
    }
}
