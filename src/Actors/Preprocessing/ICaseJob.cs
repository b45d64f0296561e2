using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>
/// What a farm does to each case: the link from actors to Compute. Called from many threads; holds no state that changes while cases run. A job that is
/// <see cref="IDisposable"/> is disposed when its farm has ended, however it ended.
/// </summary>
public interface ICaseJob
{
    /// <summary>Named in progress and errors: "fingerprint", "preprocess", "evaluate".</summary>
    string Stage { get; }

    /// <summary>The cases, in order.</summary>
    IReadOnlyList<CaseId> Cases { get; }

    /// <summary>The most bytes one case holds at once.</summary>
    long PeakBytes(CaseId id);

    /// <summary>Does one case. What it throws counts as one failed try.</summary>
    object? Do(CaseId id, CancellationToken stop);

    /// <summary>Called once, after the last case, with the results of those that succeeded.</summary>
    JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined);
}
