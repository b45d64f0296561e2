using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Actors.Experiments;

/// <summary>Checks every case of a raw data set.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name, <c>DatasetXXX_Name</c>.</param>
/// <param name="Workers">Cases checked at once at most; 0 leaves it to the node.</param>
/// <param name="Fix">Take rounding noise out of geometries (<see cref="GeometryRepair"/>).</param>
public sealed record VerifyJob(DatasetPaths Paths, string Dataset, int Workers, bool Fix) : Job(Paths);

/// <summary>What a case was found to be, after what was corrected.</summary>
public sealed record VerifiedCase(CaseId Case, CaseFindings Findings, IReadOnlyList<string> Fixed);

/// <summary>Every case was looked at.</summary>
/// <param name="Dataset">Full name.</param>
/// <param name="Problems">Of the data set as a whole.</param>
/// <param name="Cases">In the data set's order, those left out that are quarantined.</param>
/// <param name="Quarantined">Cases that could not be looked at for a reason that does not lie in them, such as too little memory.</param>
public sealed record VerifyResult(
    string Dataset, IReadOnlyList<string> Problems, IReadOnlyList<VerifiedCase> Cases, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult
{
    /// <summary>All problems, of the data set and its cases.</summary>
    public IEnumerable<string> AllProblems => Problems.Concat(Cases.SelectMany(c => c.Findings.Problems));

    /// <summary>All warnings.</summary>
    public IEnumerable<string> AllWarnings => Cases.SelectMany(c => c.Findings.Warnings);

    /// <summary>All files that were corrected.</summary>
    public IEnumerable<string> AllFixed => Cases.SelectMany(c => c.Fixed);
}
