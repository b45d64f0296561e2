using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// From logits on the network's grid to a label map on the image's (spec 07 section 5). Holds, besides the logits, one head on the image's grid, the best value so far and
/// the labels: memory does not grow with the number of heads.
/// </summary>
public static class LogitsExport
{
    /// <summary>The image's extent in reader axis order.</summary>
    public static VolumeShape OriginalShape(CaseProperties properties, Plans plans) => properties.ShapeBeforeCropping.Permute(plans.TransposeBackward);

    /// <summary>Resamples each head back, decides labels, undoes crop and transposition.</summary>
    /// <param name="logits">(heads, axes of the preprocessed case); values representable in float16, as the reference stores them.</param>
    /// <param name="properties">Of the case.</param>
    /// <param name="plans">Transposition.</param>
    /// <param name="configuration">Spacing and how logits are resampled.</param>
    /// <param name="labels">Labels (largest logit, the first on ties) or regions (probability above one half, later ones overwrite).</param>
    /// <param name="shape">Extent of the result, reader axis order.</param>
    /// <param name="stop">Looked at between heads.</param>
    public static ushort[] Decide(
        Volume<float> logits, CaseProperties properties, Plans plans, Configuration configuration, LabelSet labels, out VolumeShape shape, CancellationToken stop)
    {
        var original = properties.Spacing.Permute(plans.TransposeForward);
        var current = CasePreprocessor.TargetSpacing(original, configuration);
        var size = properties.ShapeAfterCropping;
        var decided = new ushort[size.Voxels];
        var head = new float[size.Voxels];
        var best = labels.HasRegions ? [] : new float[size.Voxels];
        foreach (var index in labels.HasRegions ? Enumerable.Range(0, labels.RegionsClassOrder.Count) : Enumerable.Range(0, logits.Channels))
        {
            stop.ThrowIfCancellationRequested();
            var source = logits.Channel(index);
            if (logits.Shape == size) source.CopyTo(head);
            else Resampler.Resample(source, logits.Shape, head, size, current, original, configuration.ResampleProbabilities, stop);
            if (labels.HasRegions) AddRegion(head, decided, (ushort)labels.RegionsClassOrder[index]);
            else KeepLargest(head, best, decided, (ushort)index);
        }

        shape = OriginalShape(properties, plans);
        return Uncrop(decided, properties, plans);
    }

    // Rounded to float16, in which the reference resamples: which label wins a near-tie depends on it.
    private static void KeepLargest(float[] head, float[] best, ushort[] decided, ushort index)
    {
        for (var i = 0; i < head.Length; i++)
        {
            var value = (float)(Half)head[i];
            if (index == 0 || value > best[i]) (best[i], decided[i]) = (value, index);
        }
    }

    // sigmoid(x) > 0.5 in float32.
    private static void AddRegion(float[] head, ushort[] decided, ushort label)
    {
        for (var i = 0; i < head.Length; i++)
            if (1f / (1f + MathF.Exp(-(float)(Half)head[i])) > 0.5f)
                decided[i] = label;
    }

    private static ushort[] Uncrop(ushort[] decided, CaseProperties properties, Plans plans)
    {
        var (full, box) = (properties.ShapeBeforeCropping, properties.CropBox);
        var pasted = new ushort[full.Voxels];
        var width = box.Shape.X;
        var at = 0;
        for (var z = box.Low.Z; z < box.High.Z; z++)
            for (var y = box.Low.Y; y < box.High.Y; y++, at += width)
                decided.AsSpan(at, width).CopyTo(pasted.AsSpan((((z * full.Y) + y) * full.X) + box.Low.X));
        if (Axes.IsIdentity(plans.TransposeBackward)) return pasted;
        var back = new ushort[pasted.Length];
        Axes.Permute<ushort>(pasted, full, back, plans.TransposeBackward);
        return back;
    }
}
