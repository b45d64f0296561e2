namespace ActorSeg.Compute.Imaging;

/// <summary>The place of an image after <c>SimpleITKIOWithReorient</c> turned it, and how its file had it.</summary>
/// <param name="Spacing">After turning.</param>
/// <param name="Origin">After turning.</param>
/// <param name="Direction">After turning.</param>
/// <param name="OriginalOrientation">Three letters such as <c>LPS</c>: where the axes x, y and z of the file point.</param>
public sealed record ReorientedGeometry(
    IReadOnlyList<double> Spacing, IReadOnlyList<double> Origin, IReadOnlyList<double> Direction, string OriginalOrientation)
    : ImageGeometry(Spacing, Origin, Direction);
