namespace ActorSeg.Compute.Imaging;

/// <summary>The channels of one case, or a label map as a single channel, as its reader gave them (reader axis order, nothing transposed).</summary>
/// <param name="Data">float32, (channels, axis 0, axis 1, axis 2).</param>
/// <param name="Spacing">Array axis order; for 2D images the first is artificially large.</param>
/// <param name="Geometry">Of the first file.</param>
public sealed record CaseImage(Volume<float> Data, Spacing Spacing, ImageGeometry Geometry);
