using ActorSeg.Compute;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>What can be said to and by the farm that works through a data set's cases (measuring, preprocessing, scoring).</summary>
public static class FarmProtocol
{
    /// <summary>A worker is idle and asks for a case.</summary>
    public sealed record WantCase
    {
        /// <summary>The one instance.</summary>
        public static WantCase Instance { get; } = new();
    }

    /// <summary>The worker owns this case until it answers; <paramref name="Attempt"/> comes back in the answer.</summary>
    public sealed record DoCase(CaseId Case, int Attempt, long Bytes);

    /// <summary>The worker has its lease and begins with the case: from here on it may be too slow.</summary>
    public sealed record CaseStarted(CaseId Case, int Attempt);

    /// <summary>The case's work is done, its artefact on disk; <paramref name="Result"/> is what the job keeps of it in memory.</summary>
    public sealed record CaseDone(CaseId Case, int Attempt, object? Result);

    /// <summary>The case could not be done this time.</summary>
    public sealed record CaseFailed(CaseId Case, int Attempt, Exception Cause);
}
