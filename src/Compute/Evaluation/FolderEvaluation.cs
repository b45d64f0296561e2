using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Evaluation;

/// <summary>One scored case.</summary>
/// <param name="PredictionFile">As given.</param>
/// <param name="ReferenceFile">As given.</param>
/// <param name="Classes">One entry a foreground class, in the labels' order.</param>
public sealed record CaseMetrics(string PredictionFile, string ReferenceFile, IReadOnlyList<ClassMetrics> Classes);

/// <summary>What is asked for beside nnU-Net's figures.</summary>
/// <param name="SameSpacing">A prediction in another spacing than its reference is an error.</param>
/// <param name="SurfaceTolerance">Measure distances between outlines, with this tolerance of the surface Dice in mm; null leaves them out.</param>
public sealed record EvaluationOptions(bool SameSpacing = false, double? SurfaceTolerance = null)
{
    /// <summary>nnU-Net's figures alone, spacings not compared.</summary>
    public static EvaluationOptions Plain { get; } = new();
}

/// <summary>Scores folders of label maps (spec 08 section 1.2).</summary>
public static class FolderEvaluation
{
    /// <summary>Predictions with the data set's ending, sorted, each with its reference.</summary>
    /// <param name="referenceFolder">References.</param>
    /// <param name="predictionFolder">Predictions.</param>
    /// <param name="fileEnding">With dot.</param>
    /// <param name="chill">A reference without a prediction is not an error.</param>
    /// <exception cref="DataException">A folder or a file is missing, or there is nothing to score.</exception>
    public static IReadOnlyList<(string Reference, string Prediction)> Pair(string referenceFolder, string predictionFolder, string fileEnding, bool chill)
    {
        if (!Directory.Exists(referenceFolder)) throw new DataException(referenceFolder, "is not there", "give a folder of label maps");
        IReadOnlyList<string> predictions = [.. Predictions(predictionFolder, fileEnding).Select(file => Path.GetFileName(file))];
        if (!chill && Names(referenceFolder, fileEnding).Except(predictions).ToList() is { Count: > 0 } missing)
            throw new DataException(predictionFolder, $"lacks {missing.Count} of the references, first {missing[0]}", "predict these cases too, or give --chill to leave them out");
        if (predictions.FirstOrDefault(name => !File.Exists(Path.Combine(referenceFolder, name))) is { } orphan)
            throw new DataException(Path.Combine(referenceFolder, orphan), "is not there, but has a prediction", "add the reference or remove the prediction");
        return [.. predictions.Select(name => (Path.Combine(referenceFolder, name), Path.Combine(predictionFolder, name)))];
    }

    /// <summary>Scores one case.</summary>
    /// <param name="referenceFile">Reference.</param>
    /// <param name="predictionFile">Prediction.</param>
    /// <param name="reader">Of both.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="options">What is asked for beside nnU-Net's figures.</param>
    /// <param name="stop">Looked at between steps that take long.</param>
    /// <exception cref="DataException">A file is unreadable, or the two differ in shape or, where that is asked for, in spacing.</exception>
    public static CaseMetrics ScoreCase(
        string referenceFile, string predictionFile, IImageReaderWriter reader, LabelSet labels, EvaluationOptions options, CancellationToken stop = default)
    {
        var (reference, prediction) = (reader.ReadLabels(referenceFile), reader.ReadLabels(predictionFile));
        RequireSameShape(predictionFile, prediction.Data.Shape, reference.Data.Shape);
        if (options.SameSpacing && !GeometryComparison.Close(prediction.Spacing.ToArray(), reference.Spacing.ToArray()))
            throw new DataException(
                predictionFile, $"has a spacing of {Text(prediction.Spacing)} mm where its reference has {Text(reference.Spacing)}",
                "predict from the image that belongs to the reference, or correct the header that is wrong");
        var counts = CaseScore.Compute(reference.Data.Data, prediction.Data.Data, labels);
        if (options.SurfaceTolerance is not { } tolerance) return new CaseMetrics(predictionFile, referenceFile, counts);
        var surfaces = SurfaceScore.Compute(reference.Data.Data, prediction.Data.Data, reference.Data.Shape, reference.Spacing, labels, tolerance, stop);
        return new CaseMetrics(predictionFile, referenceFile, [.. counts.Zip(surfaces, (count, surface) => count with { Surface = surface })]);
    }

    /// <summary>Bytes that scoring a case of so many voxels holds at most.</summary>
    public static long PeakBytes(long voxels, EvaluationOptions options) =>
        (2 * sizeof(float) * voxels) + (options.SurfaceTolerance is null ? 0 : SurfaceScore.PeakBytes(voxels));

    /// <exception cref="DataException">The shapes differ.</exception>
    internal static void RequireSameShape(string predictionFile, VolumeShape prediction, VolumeShape reference)
    {
        if (prediction != reference)
            throw new DataException(predictionFile, $"has the shape {prediction} where its reference has {reference}", "predict from the image that belongs to the reference");
    }

    private static string Text(Spacing spacing) =>
        string.Join(" x ", spacing.ToArray().Select(s => s.ToString("G6", System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>The label maps of a folder, sorted.</summary>
    /// <exception cref="DataException">There is no folder, or no label map in it.</exception>
    public static IReadOnlyList<string> Predictions(string folder, string fileEnding)
    {
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", "give a folder of label maps");
        var names = Names(folder, fileEnding);
        return names.Count > 0 ? [.. names.Select(name => Path.Combine(folder, name))] : throw new DataException(folder, $"holds no file ending in {fileEnding}", "predict into it first");
    }

    private static List<string> Names(string folder, string ending) =>
        [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Where(f => f.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
