using System.Collections.Immutable;
using ActorSeg.Compute;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Which cases failed, and which are out. A case whose tries are spent is a suspect at first: it is out, but not lost before some batch that was begun later
/// could be built. Where none can, it is not the cases that are at fault. Pure.
/// </summary>
internal sealed record CaseFaults
{
    // So many cases one after the other, and nothing built in between, are no accident of the cases: their disk is gone.
    private const int MostSuspects = 5;

    private ImmutableDictionary<CaseId, int> Failures { get; init; } = ImmutableDictionary<CaseId, int>.Empty;
    private ImmutableList<(LostCase Case, long Since)> Suspects { get; init; } = [];

    /// <summary>Cases that batches are built without.</summary>
    public ImmutableHashSet<CaseId> Out { get; private init; } = [];

    /// <summary>With cases that were lost before.</summary>
    public static CaseFaults Of(IEnumerable<LostCase> lost) => new() { Out = [.. lost.Select(l => l.Case)] };

    /// <summary>Whether one more suspect means that it is not the cases.</summary>
    public bool TooMany => Suspects.Count + 1 >= MostSuspects;

    /// <summary>Counts a failure, and says the how many-th in a row it is.</summary>
    public (CaseFaults Next, int Failures) Failed(CaseId id)
    {
        var failures = Failures.GetValueOrDefault(id) + 1;
        return (this with { Failures = Failures.SetItem(id, failures) }, failures);
    }

    /// <summary>The case is out from the build with this number on.</summary>
    public CaseFaults Suspect(LostCase lost, long build) => this with { Suspects = Suspects.Add((lost, build)), Out = Out.Add(lost.Case), Failures = Failures.Remove(lost.Case) };

    /// <summary>It was not the cases: the suspects are in again.</summary>
    public CaseFaults Acquit() => this with { Suspects = [], Out = Out.Except(Suspects.Select(s => s.Case.Case)), Failures = Failures.Clear() };

    /// <summary>A batch is built: its cases are well, and suspects from before it was begun are lost.</summary>
    public (CaseFaults Next, ImmutableList<LostCase> Lost) Built(IEnumerable<CaseId> cases, long build)
    {
        var lost = Suspects.Where(s => s.Since <= build).Select(s => s.Case).ToImmutableList();
        return (this with { Failures = Failures.RemoveRange(cases), Suspects = Suspects.RemoveAll(s => s.Since <= build) }, lost);
    }
}
