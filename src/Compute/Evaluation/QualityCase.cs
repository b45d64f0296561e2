using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Postprocessing;

namespace ActorSeg.Compute.Evaluation;

/// <summary>What is to be looked at in a case.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Prediction">Label map.</param>
/// <param name="Image">The image behind it, shown in the picture; null shows none.</param>
/// <param name="Reference">Its reference; null where there is none.</param>
public sealed record QualityInput(CaseId Case, string Prediction, string? Image, string? Reference);

/// <summary>One structure of a case.</summary>
/// <param name="Volume">ml; for pictures without a size, pixels.</param>
/// <param name="Components">Connected components.</param>
/// <param name="LargestShare">Voxels of the largest component, as a fraction of the structure; NaN where it is not there.</param>
/// <param name="Dice">Against the reference; null without one, NaN where the structure is in neither.</param>
public sealed record QualityFigures(double Volume, int Components, double LargestShare, double? Dice);

/// <summary>What was found in a case.</summary>
/// <param name="Input">Its files.</param>
/// <param name="Shape">Voxels.</param>
/// <param name="Spacing">mm, array axis order.</param>
/// <param name="Classes">One a foreground class, in their order.</param>
/// <param name="Remarks">Sentences on the case by itself: values no data set declares, a reference of another shape.</param>
/// <param name="Picture">PNG.</param>
public sealed record QualityCase(QualityInput Input, VolumeShape Shape, Spacing Spacing, IReadOnlyList<QualityFigures> Classes, IReadOnlyList<string> Remarks, byte[] Picture)
{
    private const int PanelWidth = 200;
    private const double ArtificialSpacing = 500;

    /// <summary>Bytes that a case of so many voxels holds at most.</summary>
    public static long PeakBytes(long voxels) => voxels * ((3 * sizeof(float)) + (3 * sizeof(ushort)));

    /// <summary>Whether a volume is told in pixels.</summary>
    public bool IsFlat => Spacing.Z > ArtificialSpacing;

    /// <summary>Reads and measures a case, and draws its picture.</summary>
    /// <exception cref="DataException">A file is unreadable, or the image is of another shape.</exception>
    public static QualityCase Look(QualityInput input, IImageReaderWriter reader, LabelSet labels)
    {
        var map = LabelMap.Read(reader, input.Prediction);
        var remarks = new List<string>();
        var reference = input.Reference is { } file ? LabelMap.Read(reader, file) : null;
        if (reference is not null && reference.Shape != map.Shape)
        {
            remarks.Add($"its reference has the shape {reference.Shape} where it has {map.Shape}");
            reference = null;
        }

        var known = labels.All.Append(labels.Ignore ?? 0).ToHashSet();
        var undeclared = map.Labels.Distinct().Where(label => !known.Contains(label)).Order().ToList();
        if (undeclared.Count > 0) remarks.Add($"it holds {string.Join(", ", undeclared)}, which dataset.json does not declare");
        return new QualityCase(input, map.Shape, map.Spacing, Measure(map, reference, labels), remarks, Draw(input, map, reference, reader));
    }

    private static IReadOnlyList<QualityFigures> Measure(LabelMap map, LabelMap? reference, LabelSet labels)
    {
        var voxel = map.Spacing.Z > ArtificialSpacing ? 1 : map.Spacing.Z * map.Spacing.Y * map.Spacing.X / 1000;
        var scores = reference is null ? null : CaseScore.Compute(Array.ConvertAll(reference.Labels, l => (float)l), Array.ConvertAll(map.Labels, l => (float)l), labels);
        // Labels have no voxel in common and are gone through once; regions have.
        var classes = labels.ForegroundClasses.Select(c => c.Labels).ToList();
        var sizes = labels.HasRegions ? [.. classes.Select(c => LargestComponents.Sizes(map.Labels, map.Shape, [c])[0])] : LargestComponents.Sizes(map.Labels, map.Shape, classes);
        return [.. sizes.Select((components, i) =>
        {
            var voxels = components.Sum();
            return new QualityFigures(voxels * voxel, components.Count, voxels == 0 ? double.NaN : (double)components[0] / voxels, scores?[i].Dice);
        })];
    }

    // Without its image a prediction is drawn on black.
    private static byte[] Draw(QualityInput input, LabelMap map, LabelMap? reference, IImageReaderWriter reader)
    {
        var image = input.Image is { } file ? reader.ReadImages([file]).Data : new Volume<float>(1, map.Shape);
        if (image.Shape != map.Shape)
            throw new DataException(input.Image!, $"has the shape {image.Shape} where its prediction has {map.Shape}", "give the folder of the images that were predicted");
        List<(string, ushort[]?)> columns = [("prediction", map.Labels)];
        if (input.Image is not null) columns.Insert(0, ("image", null));
        if (reference is not null) columns.Add(("reference", reference.Labels));
        return OverlayPng.Render(image, map.Spacing, map.Labels.AsSpan().ContainsAnyExcept((ushort)0) ? map.Labels : reference?.Labels ?? map.Labels, columns, PanelWidth);
    }
}
