using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Training;

/// <summary>A case that a run does without since it could not be used.</summary>
/// <param name="Case">Which.</param>
/// <param name="Tries">How often it failed in a row; 0 where it was out already when the run went on from a checkpoint.</param>
/// <param name="Cause">The sentence of the last failure.</param>
/// <param name="Kind">Who has to act; null where that is not known.</param>
/// <param name="Batch">In which batch it failed last.</param>
/// <param name="Worker">In whose hands.</param>
public sealed record LostCase(CaseId Case, int Tries, string Cause, FaultKind? Kind = null, BatchKey? Batch = null, string? Worker = null);
