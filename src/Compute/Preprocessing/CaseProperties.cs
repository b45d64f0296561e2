using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>What must be remembered of a case to undo its preprocessing (nnU-Net's properties pickle, spec 03 section 7.3).</summary>
/// <param name="Spacing">Of the raw image, reader axis order.</param>
/// <param name="Geometry">Of the raw image.</param>
/// <param name="ShapeBeforeCropping">Transposed axis order.</param>
/// <param name="CropBox">Half-open box kept by the crop to non-zero, transposed axis order.</param>
/// <param name="ShapeAfterCropping">After cropping and before resampling, transposed axis order.</param>
/// <param name="ClassLocations">Sampled foreground voxels; null when there was no label.</param>
public sealed record CaseProperties(
    Spacing Spacing,
    ImageGeometry Geometry,
    VolumeShape ShapeBeforeCropping,
    Box CropBox,
    VolumeShape ShapeAfterCropping,
    ClassLocations? ClassLocations);

/// <summary>
/// Sampled voxel positions for foreground oversampling, by class or region in the order nnU-Net draws them.
/// A region's key holds its labels; a plain label's key holds one.
/// </summary>
/// <param name="Entries">Key, whether nnU-Net writes it as a tuple, and positions (axis 0, axis 1, axis 2) in the resampled label map, flattened by threes. Empty when absent.</param>
public sealed record ClassLocations(IReadOnlyList<ClassLocations.Entry> Entries)
{
    /// <summary>The positions of one class or region.</summary>
    public sealed record Entry(IReadOnlyList<int> Labels, bool IsTuple, int[] Positions)
    {
        /// <summary>How many positions there are.</summary>
        public int Count => Positions.Length / 3;
    }
}

/// <summary>A case ready for training or prediction.</summary>
/// <param name="Data">Normalised, resampled, transposed axis order; (channels, axis 0, axis 1, axis 2).</param>
/// <param name="Labels">One channel, -1 outside the non-zero region; null for cases to predict.</param>
/// <param name="Properties">What undoes it.</param>
public sealed record PreprocessedCase(Volume<float> Data, Volume<short>? Labels, CaseProperties Properties);
