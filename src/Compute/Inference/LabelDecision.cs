using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// From probabilities to labels (spec 08 section 2.1), head after head: the largest wins, the first of equal ones; of regions each above one half is written,
/// later ones over earlier ones. Holds the labels and, without regions, the largest probability so far: 6 bytes a voxel however many heads there are.
/// </summary>
public sealed class LabelDecision
{
    private readonly IReadOnlyList<int> _classOrder;
    private readonly float[] _best;

    /// <param name="labels">What the heads stand for.</param>
    /// <param name="voxels">Of the image.</param>
    public LabelDecision(LabelSet labels, long voxels)
    {
        _classOrder = labels.RegionsClassOrder;
        Labels = LargeArray.Zeroed<ushort>(voxels);
        _best = labels.HasRegions ? [] : LargeArray.Uninitialized<float>(voxels);
    }

    /// <summary>Decided so far.</summary>
    public ushort[] Labels { get; }

    /// <summary>The next values of a head; heads come in their order.</summary>
    /// <param name="head">From 0.</param>
    /// <param name="at">Index of the first voxel.</param>
    /// <param name="probabilities">Of voxels that follow one another.</param>
    public void Add(int head, int at, ReadOnlySpan<float> probabilities)
    {
        var labels = Labels.AsSpan(at, probabilities.Length);
        if (_classOrder.Count > 0)
        {
            var label = (ushort)_classOrder[head];
            for (var i = 0; i < probabilities.Length; i++)
                if (probabilities[i] > 0.5f)
                    labels[i] = label;
            return;
        }

        var best = _best.AsSpan(at, probabilities.Length);
        if (head == 0)
        {
            probabilities.CopyTo(best);
            return;
        }

        for (var i = 0; i < probabilities.Length; i++)
            if (probabilities[i] > best[i])
                (best[i], labels[i]) = (probabilities[i], (ushort)head);
    }
}
