using ActorSeg.Compute.Datasets;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training;

/// <summary>
/// One hard Dice per foreground class over all patches of an epoch taken together, which is no average over cases (spec 05 section 8).
/// Counts are whole numbers, so that their order does not matter.
/// </summary>
internal sealed class PooledDice(LabelSet labels)
{
    private readonly long[] _both = new long[labels.ForegroundClasses.Count], _predicted = new long[labels.ForegroundClasses.Count];
    private readonly long[] _reference = new long[labels.ForegroundClasses.Count];

    /// <summary>Counts a batch.</summary>
    /// <param name="logits">(batch, heads, axes...) of the full resolution.</param>
    /// <param name="target">int16 (batch, 1, axes...); in region mode (batch, regions (+ ignore mask), axes...).</param>
    public void Add(Tensor logits, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (labels.HasRegions) CountRegions(logits, target);
        else CountLabels(logits, target);
    }

    /// <summary>Dice of each foreground class since the last call; NaN where it was neither there nor predicted.</summary>
    public IReadOnlyList<double> Finish()
    {
        // 2 tp + fp + fn is what was predicted and what was there.
        double[] dice = [.. _both.Select((both, i) => 2.0 * both / (_predicted[i] + _reference[i]))];
        foreach (var counts in (long[][])[_both, _predicted, _reference]) Array.Clear(counts);
        return dice;
    }

    // The heads are the labels in order, background first (LabelSet); it is not counted. Ignored voxels are neither there nor predicted.
    private void CountLabels(Tensor logits, Tensor target)
    {
        var predicted = logits.argmax(1, keepdim: true);
        var valid = labels.Ignore is { } ignore ? target != ignore : null;
        for (var i = 0; i < labels.ForegroundClasses.Count; i++) Count(i, predicted == (i + 1), target == (i + 1), valid);
    }

    private void CountRegions(Tensor logits, Tensor target)
    {
        var regions = logits.shape[1];
        var predicted = sigmoid(logits) > 0.5;
        var valid = labels.Ignore is null ? null : target.slice(1, regions, regions + 1, 1) == 0;
        for (var i = 0; i < regions; i++) Count(i, predicted.slice(1, i, i + 1, 1), target.slice(1, i, i + 1, 1) != 0, valid);
    }

    private void Count(int at, Tensor predicted, Tensor reference, Tensor? valid)
    {
        if (valid is not null) (predicted, reference) = (predicted.logical_and(valid), reference.logical_and(valid));
        _both[at] += predicted.logical_and(reference).sum().item<long>();
        _predicted[at] += predicted.sum().item<long>();
        _reference[at] += reference.sum().item<long>();
    }
}
