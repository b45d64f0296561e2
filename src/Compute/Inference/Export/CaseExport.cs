using System.Numerics.Tensors;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Inference.Export;

/// <summary>
/// From logits on the network's grid to a label map, and probabilities if asked for, on the image's (spec 07 section 5). Labels are decided plane by plane: besides
/// the logits and the labels it holds one plane of one head, of all heads for probabilities, and then two numbers a voxel. Memory does not grow with the
/// number of heads.
/// </summary>
/// <param name="plans">Transposition.</param>
/// <param name="configuration">Spacing, and how logits are resampled.</param>
/// <param name="labels">What the heads stand for.</param>
public sealed class CaseExport(Plans plans, Configuration configuration, LabelSet labels)
{
    private const int Stretch = 1 << 20;

    /// <summary>The image's extent in reader axis order.</summary>
    public VolumeShape OriginalShape(CaseProperties properties) => new OriginalGrid(properties, plans).Shape;

    /// <summary>The label map: by the largest logit (the first of equal ones), or of regions those above probability one half.</summary>
    /// <param name="logits">Stay the caller's.</param>
    /// <param name="properties">Of the case.</param>
    /// <param name="stop">Looked at between planes.</param>
    /// <returns>C order, reader axis order.</returns>
    /// <exception cref="DataException">Heads do not fit the labels, or the plans' resampling cannot be done.</exception>
    public (ushort[] Labels, VolumeShape Shape) Labels(Logits logits, CaseProperties properties, CancellationToken stop)
    {
        var grid = new OriginalGrid(properties, plans);
        using var planes = Planes(logits, properties, stop);
        var result = LargeArray.Zeroed<ushort>(grid.Shape.Voxels);
        Decide(planes, (z, plane) => grid.Place(z, plane, result), stop);
        return (result, grid.Shape);
    }

    /// <summary>
    /// The label map, decided by probabilities in float32, and these probabilities head after head (softmax, or sigmoid of regions). Outside the crop the first label
    /// is certain; no region is there.
    /// </summary>
    /// <param name="logits">Stay the caller's.</param>
    /// <param name="properties">Of the case.</param>
    /// <param name="sink">Given all values a stretch at a time, head after head: C order, reader axis order.</param>
    /// <param name="stop">Looked at between planes.</param>
    /// <exception cref="DataException">As <see cref="Labels"/>.</exception>
    public (ushort[] Labels, VolumeShape Shape) Probabilities(Logits logits, CaseProperties properties, ProbabilityWriter.Sink sink, CancellationToken stop)
    {
        var grid = new OriginalGrid(properties, plans);
        using var planes = Planes(logits, properties, stop);
        var result = LargeArray.Zeroed<ushort>(grid.Shape.Voxels);
        var softmax = labels.HasRegions ? null : new SoftmaxPlanes(planes);
        Decide(planes, (z, plane) => grid.Place(z, plane, result), stop, softmax);
        var volume = LargeArray.Uninitialized<float>(grid.Shape.Voxels);
        var values = new float[planes.Shape.Y * planes.Shape.X];
        for (var head = 0; head < planes.Heads; head++)
        {
            Array.Fill(volume, head == 0 && !labels.HasRegions ? 1f : 0f);
            for (var z = 0; z < planes.Shape.Z; z++)
            {
                stop.ThrowIfCancellationRequested();
                planes.Fill(head, z, values);
                if (softmax is null) Softmax.Sigmoid(values);
                else softmax.Finish(z, values);
                grid.Place<float>(z, values, volume);
            }

            for (var at = 0; at < volume.Length; at += Stretch) sink(volume.AsSpan(at, Math.Min(Stretch, volume.Length - at)));
        }

        return (result, grid.Shape);
    }

    /// <summary>The label map on the grid of another configuration's preprocessed cases, for the next stage of a cascade (spec 05 section 11.4): no crop is undone, nothing transposed.</summary>
    /// <param name="logits">Stay the caller's.</param>
    /// <param name="properties">Of the case as this configuration has it.</param>
    /// <param name="shape">Of the case as the next stage has it.</param>
    /// <param name="stop">Looked at between planes.</param>
    public Volume<short> NextStage(Logits logits, CaseProperties properties, VolumeShape shape, CancellationToken stop)
    {
        var spacing = Current(properties);
        using var planes = LogitPlanes.Of(Checked(logits), shape, spacing, spacing, configuration.ResampleProbabilities, stop);
        var result = new Volume<short>(1, shape);
        var size = shape.Y * shape.X;
        Decide(
            planes,
            (z, plane) =>
            {
                for (var i = 0; i < size; i++) result.Data[(z * size) + i] = checked((short)plane[i]);
            },
            stop);
        return result;
    }

    private delegate void PlaneSink(int z, ReadOnlySpan<ushort> plane);

    private void Decide(LogitPlanes planes, PlaneSink place, CancellationToken stop, SoftmaxPlanes? softmax = null)
    {
        var decided = new PlaneLabels(labels, planes.Shape.Y * planes.Shape.X);
        var values = new float[planes.Shape.Y * planes.Shape.X];
        for (var z = 0; z < planes.Shape.Z; z++)
        {
            stop.ThrowIfCancellationRequested();
            if (softmax is not null) softmax.Decide(z, decided);
            else
                for (var head = 0; head < planes.Heads; head++)
                {
                    planes.Fill(head, z, values);
                    if (labels.HasRegions) Softmax.Sigmoid(values);
                    decided.Take(head, values);
                }

            place(z, decided.Finish());
        }
    }

    private LogitPlanes Planes(Logits logits, CaseProperties properties, CancellationToken stop) => LogitPlanes.Of(
        Checked(logits), properties.ShapeAfterCropping, Current(properties), properties.Spacing.Permute(plans.TransposeForward), configuration.ResampleProbabilities, stop);

    private Spacing Current(CaseProperties properties) => CasePreprocessor.TargetSpacing(properties.Spacing.Permute(plans.TransposeForward), configuration);

    private Logits Checked(Logits logits) => logits.Heads == labels.Heads ? logits
        : throw new DataException("dataset.json", $"has {labels.Heads} labels or regions where the network has {logits.Heads} outputs", "keep a model's files together");

    /// <summary>The softmax of every voxel between its two visits.</summary>
    private sealed class SoftmaxPlanes
    {
        private readonly LogitPlanes _planes;
        private readonly int _size;
        private readonly float[] _largest, _sum;
        private readonly float[][] _heads;

        public SoftmaxPlanes(LogitPlanes planes)
        {
            (_planes, _size) = (planes, planes.Shape.Y * planes.Shape.X);
            (_largest, _sum) = (LargeArray.Uninitialized<float>(planes.Shape.Voxels), LargeArray.Uninitialized<float>(planes.Shape.Voxels));
            _heads = [.. Enumerable.Range(0, planes.Heads).Select(_ => new float[_size])];
        }

        public void Decide(int z, PlaneLabels decided)
        {
            for (var head = 0; head < _heads.Length; head++) _planes.Fill(head, z, _heads[head]);
            Softmax.Begin(_heads, Of(_largest, z), Of(_sum, z));
            for (var head = 0; head < _heads.Length; head++)
            {
                TensorPrimitives.Divide(_heads[head], Of(_sum, z), _heads[head]);
                decided.Take(head, _heads[head]);
            }
        }

        public void Finish(int z, Span<float> values) => Softmax.Finish(values, Of(_largest, z), Of(_sum, z));

        private Span<float> Of(float[] all, int z) => all.AsSpan(z * _size, _size);
    }
}
