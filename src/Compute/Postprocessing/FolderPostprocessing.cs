using System.Numerics.Tensors;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Postprocessing;

/// <summary>Postprocesses label maps of a folder, one at a time (spec 08 section 5).</summary>
public static class FolderPostprocessing
{
    /// <summary>Bytes that a case of so many voxels holds at most: two maps as they are read, the labels, and them as float32 again.</summary>
    public static long PeakBytes(long voxels) => voxels * ((3 * sizeof(float)) + sizeof(ushort));

    /// <summary>Reads a label map, does the steps, and writes it with the geometry it had.</summary>
    /// <returns>Voxels that became background.</returns>
    /// <exception cref="DataException">The file is missing, unreadable, or no label map.</exception>
    public static long Apply(string file, string target, IImageReaderWriter reader, IReadOnlyList<PostprocessingStep> steps)
    {
        var map = LabelMap.Read(reader, file);
        var removed = PostprocessingStep.Apply(steps, map.Labels, map.Shape);
        map.Write(reader, target);
        return removed;
    }

    /// <summary>Scores what a prediction would be after steps.</summary>
    /// <param name="reference">Reference file.</param>
    /// <param name="prediction">Prediction file.</param>
    /// <param name="reader">Of both.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="steps">In order; none scores it as it is.</param>
    /// <param name="target">Where the result is written; null writes nothing.</param>
    /// <exception cref="DataException">A file is missing or unreadable, or the two differ in shape.</exception>
    public static CaseMetrics Score(
        string reference, string prediction, IImageReaderWriter reader, LabelSet labels, IReadOnlyList<PostprocessingStep> steps, string? target)
    {
        var truth = reader.ReadLabels(reference).Data;
        var map = LabelMap.Read(reader, prediction);
        FolderEvaluation.RequireSameShape(prediction, map.Shape, truth.Shape);
        PostprocessingStep.Apply(steps, map.Labels, map.Shape);
        if (target is not null) map.Write(reader, target);
        var values = LargeArray.Uninitialized<float>(map.Labels.Length);
        TensorPrimitives.ConvertTruncating<ushort, float>(map.Labels, values);
        return new CaseMetrics(target ?? prediction, reference, CaseScore.Compute(truth.Data, values, labels));
    }
}
