using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Evaluation;

/// <summary>One scored case.</summary>
/// <param name="PredictionFile">As given.</param>
/// <param name="ReferenceFile">As given.</param>
/// <param name="Classes">One entry a foreground class, in the labels' order.</param>
public sealed record CaseMetrics(string PredictionFile, string ReferenceFile, IReadOnlyList<ClassMetrics> Classes);

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
        foreach (var folder in (string[])[referenceFolder, predictionFolder])
            if (!Directory.Exists(folder))
                throw new DataException(folder, "is not there", "give a folder of label maps");
        var predictions = Names(predictionFolder, fileEnding);
        if (predictions.Count == 0) throw new DataException(predictionFolder, $"holds no file ending in {fileEnding}", "predict into it first");
        if (!chill && Names(referenceFolder, fileEnding).Except(predictions).ToList() is { Count: > 0 } missing)
            throw new DataException(predictionFolder, $"lacks {missing.Count} of the references, first {missing[0]}", "predict these cases too, or give --chill to leave them out");
        if (predictions.FirstOrDefault(name => !File.Exists(Path.Combine(referenceFolder, name))) is { } orphan)
            throw new DataException(Path.Combine(referenceFolder, orphan), "is not there, but has a prediction", "add the reference or remove the prediction");
        return [.. predictions.Select(name => (Path.Combine(referenceFolder, name), Path.Combine(predictionFolder, name)))];
    }

    /// <summary>Scores one case.</summary>
    /// <exception cref="DataException">A file is unreadable, or the two differ in shape.</exception>
    public static CaseMetrics ScoreCase(string referenceFile, string predictionFile, IImageReaderWriter reader, LabelSet labels)
    {
        var (reference, prediction) = (reader.ReadLabels(referenceFile).Data, reader.ReadLabels(predictionFile).Data);
        if (reference.Shape != prediction.Shape)
            throw new DataException(predictionFile, $"has the shape {prediction.Shape} where its reference has {reference.Shape}", "predict from the image that belongs to the reference");
        return new CaseMetrics(predictionFile, referenceFile, CaseScore.Compute(reference.Data, prediction.Data, labels));
    }

    private static List<string> Names(string folder, string ending) =>
        [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Where(f => f.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
