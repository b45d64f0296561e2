namespace ActorSeg.Compute.Datasets;

/// <summary>One case of a raw data set.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Images">One file per channel (or one multi-channel file), in channel order.</param>
/// <param name="Label">The reference label map; null for cases to predict.</param>
public sealed record RawCase(CaseId Id, IReadOnlyList<string> Images, string? Label);
