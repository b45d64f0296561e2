using System.Numerics.Tensors;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Inference;

/// <summary>Makes a case of an ensemble and scores it at once.</summary>
public static class EnsembleScore
{
    /// <summary>The most bytes a case holds: what averaging takes, or the labels with both maps as float32.</summary>
    /// <exception cref="DataException">The first file is missing or damaged.</exception>
    public static long PeakBytes(EnsembleInput input)
    {
        using var first = ProbabilityReader.Open(input.Files[0]);
        return Math.Max(Ensembling.PeakBytes(input.Files), first.Shape.Voxels * ((2 * sizeof(float)) + sizeof(ushort)));
    }

    /// <summary>Averages, writes the label map, and scores it.</summary>
    /// <param name="input">The case.</param>
    /// <param name="reference">Its reference.</param>
    /// <param name="dataset">Labels and file ending.</param>
    /// <param name="reader">Of label maps.</param>
    /// <param name="folder">Where the label map is written.</param>
    /// <param name="stop">Looked at between stretches.</param>
    /// <exception cref="DataException">A file is missing or damaged, or shapes differ.</exception>
    public static CaseMetrics Do(EnsembleInput input, string reference, DatasetJson dataset, IImageReaderWriter reader, string folder, CancellationToken stop)
    {
        var target = Path.Combine(folder, input.Case.Value + dataset.FileEnding);
        var truth = reader.ReadLabels(reference).Data;
        var map = Ensembling.MakeCase(input.Files, dataset.Labels, reader, target, dataset.FileEnding, saveProbabilities: false, stop);
        FolderEvaluation.RequireSameShape(input.Files[0], map.Shape, truth.Shape);
        var values = LargeArray.Uninitialized<float>(map.Labels.Length);
        TensorPrimitives.ConvertTruncating<ushort, float>(map.Labels, values);
        return new CaseMetrics(target, reference, CaseScore.Compute(truth.Data, values, dataset.Labels));
    }
}
