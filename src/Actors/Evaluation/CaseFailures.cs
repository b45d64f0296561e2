using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;

namespace ActorSeg.Actors.Evaluation;

/// <summary>What becomes of a job whose cases failed.</summary>
internal static class CaseFailures
{
    /// <summary>The failure of the whole, in the first case's words.</summary>
    /// <param name="file">Of the first case.</param>
    /// <param name="quarantined">At least one.</param>
    /// <param name="advice">What to do.</param>
    public static ActorSegException Of(string file, IReadOnlyList<QuarantinedCase> quarantined, string advice)
    {
        var (cause, others) = (quarantined[0].Cause, quarantined.Count == 1 ? "" : $" ({quarantined.Count - 1} more failed)");
        if (quarantined[0].Kind == FaultKind.Resource) return new ResourceException($"{cause}{others}");
        // A sentence about a file already says which.
        return cause.StartsWith($"{file}: ", StringComparison.Ordinal)
            ? new DataException(file, cause[(file.Length + 2)..] + others, advice)
            : new DataException(file, $"failed: {cause}{others}", advice);
    }
}
