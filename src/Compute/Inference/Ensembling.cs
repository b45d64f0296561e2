using System.Numerics.Tensors;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// Averages the probabilities of one case over several predictions and decides its labels (spec 08 section 2.1): sums in float32 in the order of the files, then one
/// division. All files are read side by side, a stretch at a time, so that memory grows neither with their number nor with the number of heads.
/// </summary>
public static class Ensembling
{
    private const int Stretch = 1 << 18, LongestPickle = 1 << 26;

    /// <summary>Bytes that one case holds at most.</summary>
    /// <exception cref="DataException">The first file is missing or damaged.</exception>
    public static long PeakBytes(IReadOnlyList<string> files)
    {
        using var first = ProbabilityReader.Open(files[0]);
        return (first.Shape.Voxels * ((2 * sizeof(ushort)) + sizeof(float))) + (3L * Stretch * sizeof(float));
    }

    /// <summary>Averages and decides.</summary>
    /// <param name="files">.npz files of the same case.</param>
    /// <param name="labels">What the heads stand for.</param>
    /// <param name="saveTo">Where the average is written as .npz; null keeps none.</param>
    /// <param name="stop">Looked at between stretches.</param>
    /// <returns>Labels in the image's axes.</returns>
    /// <exception cref="DataException">A file is missing or damaged, or their shapes or heads differ or are not the data set's.</exception>
    public static (ushort[] Labels, VolumeShape Shape) Average(IReadOnlyList<string> files, LabelSet labels, string? saveTo, CancellationToken stop)
    {
        var readers = new List<ProbabilityReader>();
        try
        {
            foreach (var file in files) readers.Add(ProbabilityReader.Open(file));
            foreach (var reader in readers) Check(reader, readers[0], labels);
            var (heads, shape) = (readers[0].Heads, readers[0].Shape);
            var decision = new LabelDecision(labels, shape.Voxels);
            if (saveTo is null) Average(readers, decision, null, stop);
            else ProbabilityWriter.Write(saveTo, heads, shape, sink => Average(readers, decision, sink, stop));
            return (decision.Labels, shape);
        }
        finally
        {
            foreach (var reader in readers) reader.Dispose();
        }
    }

    /// <summary>Makes one case of an ensemble; its label map is written last, and stands for the whole.</summary>
    /// <param name="files">.npz files of the case, each with its .pkl or its label map beside it; the place in space is the first one's.</param>
    /// <param name="labels">What the heads stand for.</param>
    /// <param name="writer">Writes the label map.</param>
    /// <param name="target">The label map.</param>
    /// <param name="ending">Its ending.</param>
    /// <param name="saveProbabilities">Also write .npz and .pkl beside it.</param>
    /// <param name="stop">Looked at between stretches.</param>
    /// <exception cref="DataException">As <see cref="Average(IReadOnlyList{string}, LabelSet, string?, CancellationToken)"/>, or the first has no properties.</exception>
    public static LabelMap MakeCase(
        IReadOnlyList<string> files, LabelSet labels, IImageReaderWriter writer, string target, string ending, bool saveProbabilities, CancellationToken stop)
    {
        var stem = target[..^ending.Length];
        var geometry = GeometryOf(files[0], ending, writer, out var spacing);
        foreach (var file in files.Skip(1)) RequireSpacing(file, spacing);
        var (decided, shape) = Average(files, labels, saveProbabilities ? $"{stem}.npz" : null, stop);
        var properties = Path.ChangeExtension(files[0], ".pkl");
        if (saveProbabilities && File.Exists(properties)) DurableFile.Write($"{stem}.pkl", stream => stream.Write(File.ReadAllBytes(properties)));
        var map = new LabelMap(decided, shape, spacing, geometry);
        map.Write(writer, target);
        return map;
    }

    private static void Average(List<ProbabilityReader> readers, LabelDecision decision, ProbabilityWriter.Sink? sink, CancellationToken stop)
    {
        var (sum, next) = (new float[Stretch], new float[Stretch]);
        for (var head = 0; head < readers[0].Heads; head++)
            for (var at = 0; at < decision.Labels.Length; at += Stretch)
            {
                stop.ThrowIfCancellationRequested();
                var part = sum.AsSpan(0, Math.Min(Stretch, decision.Labels.Length - at));
                readers[0].Read(part);
                foreach (var reader in readers.Skip(1))
                {
                    reader.Read(next.AsSpan(0, part.Length));
                    TensorPrimitives.Add(part, next.AsSpan(0, part.Length), part);
                }

                TensorPrimitives.Divide(part, readers.Count, part);
                decision.Add(head, at, part);
                sink?.Invoke(part);
            }
    }

    private static void Check(ProbabilityReader reader, ProbabilityReader first, LabelSet labels)
    {
        if (reader.Heads != labels.Heads)
            throw new DataException(reader.File, $"holds {reader.Heads} heads where dataset.json makes {labels.Heads}", "ensemble predictions of models of the same data set");
        if (reader.Shape != first.Shape)
            throw new DataException(reader.File, $"has the shape {reader.Shape} where {first.File} has {first.Shape}", "ensemble predictions of the same images");
    }

    private static ImageGeometry GeometryOf(string npz, string ending, IImageReaderWriter reader, out Spacing spacing)
    {
        var (properties, segmentation) = (Path.ChangeExtension(npz, ".pkl"), Path.ChangeExtension(npz, null) + ending);
        if (Properties(properties) is { } known)
        {
            spacing = known.Spacing;
            return CaseStoreGeometry.Read(known.Root, spacing, properties);
        }

        if (!File.Exists(segmentation))
            throw new DataException(properties, "is not there, and neither is the label map", "predict this case again with --save_probabilities");
        var map = LabelMap.Read(reader, segmentation);
        spacing = map.Spacing;
        return map.Geometry;
    }

    private static void RequireSpacing(string npz, Spacing first)
    {
        var properties = Path.ChangeExtension(npz, ".pkl");
        if (Properties(properties) is { } known && !GeometryComparison.Close(known.Spacing.ToArray(), first.ToArray()))
            throw new DataException(properties, $"has the spacing {known.Spacing} where the first prediction has {first}", "ensemble predictions of the same images");
    }

    private static (PickleDict Root, Spacing Spacing)? Properties(string file)
    {
        if (!File.Exists(file)) return null;
        const string Advice = "predict this case again with --save_probabilities";
        if (new FileInfo(file).Length > LongestPickle) throw new DataException(file, "is far too large for the properties of a case", Advice);
        if (Pickle.Read(File.ReadAllBytes(file), file) is not PickleDict root) throw new DataException(file, "does not hold a dict", Advice);
        return (root, Spacing.From(PickleFields.Numbers(root["spacing"], "spacing", file) is { Count: 3 } spacing
            ? spacing : throw new DataException(file, "has no 'spacing' of 3 numbers", Advice)));
    }
}
