namespace ActorSeg.Compute.Imaging;

/// <summary>
/// Where an image lies in space, in ITK's convention (LPS, axes x, y(, z)): what nnU-Net keeps as <c>sitk_stuff</c> and writes back with a prediction.
/// </summary>
/// <param name="Spacing">Millimetres per voxel, x first; 2 or 3 numbers.</param>
/// <param name="Origin">Position of the first voxel's centre, as many numbers.</param>
/// <param name="Direction">Direction cosines, row-major, 4 or 9 numbers.</param>
public record ImageGeometry(IReadOnlyList<double> Spacing, IReadOnlyList<double> Origin, IReadOnlyList<double> Direction);
