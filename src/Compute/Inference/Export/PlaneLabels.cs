using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Inference.Export;

/// <summary>
/// The labels of one plane, decided head after head (spec 07 section 5.1): the largest value wins, the first of equal ones; regions are written where their
/// probability is above one half, later ones over earlier ones. Used again for every plane.
/// </summary>
internal sealed class PlaneLabels(LabelSet labels, int voxels)
{
    private readonly float[] _best = new float[labels.HasRegions ? 0 : voxels];
    private readonly int[] _labels = new int[voxels];
    private readonly ushort[] _narrow = new ushort[voxels];

    /// <summary>Takes the next head's values; heads come in their order, the first begins a plane.</summary>
    /// <param name="head">From 0.</param>
    /// <param name="values">Logits or probabilities; of regions always probabilities.</param>
    public void Take(int head, ReadOnlySpan<float> values)
    {
        if (head == 0) Array.Clear(_labels);
        if (labels.HasRegions)
        {
            var label = labels.RegionsClassOrder[head];
            for (var i = 0; i < values.Length; i++)
                if (values[i] > 0.5f)
                    _labels[i] = label;
        }
        else if (head == 0) values.CopyTo(_best);
        else KeepLargest(values, head);
    }

    /// <summary>What was decided.</summary>
    public ReadOnlySpan<ushort> Finish()
    {
        TensorPrimitives.ConvertTruncating<int, ushort>(_labels, _narrow);
        return _narrow;
    }

    private void KeepLargest(ReadOnlySpan<float> values, int head)
    {
        ref var from = ref MemoryMarshal.GetReference(values);
        ref var best = ref MemoryMarshal.GetArrayDataReference(_best);
        ref var label = ref MemoryMarshal.GetArrayDataReference(_labels);
        var own = new Vector<int>(head);
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (value, before) = (Vector.LoadUnsafe(ref from, (nuint)i), Vector.LoadUnsafe(ref best, (nuint)i));
            var larger = Vector.GreaterThan(value, before);
            Vector.ConditionalSelect(larger, value, before).StoreUnsafe(ref best, (nuint)i);
            Vector.ConditionalSelect(larger, own, Vector.LoadUnsafe(ref label, (nuint)i)).StoreUnsafe(ref label, (nuint)i);
        }

        for (; i < values.Length; i++)
            if (values[i] > _best[i])
                (_best[i], _labels[i]) = (values[i], head);
    }
}
