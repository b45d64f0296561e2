using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets;

/// <summary>What a case's files are found to be.</summary>
/// <param name="Problems">Sentences; a case with any cannot be trained on.</param>
/// <param name="Warnings">Sentences; the case can be used, but should be looked at.</param>
public sealed record CaseFindings(IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings)
{
    /// <summary>Voxels of the first image, array axis order; null where it cannot be read.</summary>
    public VolumeShape? Shape { get; init; }

    /// <summary>Spacing of the first image in mm, array axis order; null where it cannot be read.</summary>
    public Spacing? Spacing { get; init; }

    /// <summary>Where the first image lies (LPS, x first); null where it cannot be read.</summary>
    public ImageGeometry? Geometry { get; init; }

    /// <summary>The values in the label map, ascending, at most <see cref="LabelScan.MostValues"/>; not-a-number counts in <see cref="NaN"/>.</summary>
    public IReadOnlyList<float> Labels { get; init; } = [];

    /// <summary>Voxels that are not a number, of all channels and the label map together.</summary>
    public long NaN { get; init; }

    /// <summary>Files that lie elsewhere than the first image by noise alone, which <see cref="GeometryRepair"/> can take away.</summary>
    public IReadOnlyList<string> Noisy { get; init; } = [];
}
