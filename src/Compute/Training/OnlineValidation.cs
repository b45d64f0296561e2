using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training;

/// <summary>
/// nnU-Net's online validation (spec 05 section 8): the training loss and one pooled Dice per foreground class over the validation patches of an epoch.
/// Holds its own copy of the weights. Used from one thread.
/// </summary>
public sealed class OnlineValidation : IDisposable
{
    private readonly LabelSet _labels;
    private readonly SegmentationLoss _loss;
    private readonly UNet _network;
    private readonly Device _device;
    private readonly double[] _truePositive, _falsePositive, _falseNegative;
    private double _losses;
    private int _batches;

    /// <summary>A network to score snapshots with.</summary>
    /// <param name="configuration">Architecture and whether Dice counts the batch as one.</param>
    /// <param name="labels">What the outputs stand for.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>.</param>
    public OnlineValidation(Configuration configuration, LabelSet labels, int inputChannels, string device)
    {
        (_labels, _device) = (labels, new Device(device));
        _network = UNet.Build(configuration.Architecture, inputChannels, labels.Heads, seed: 0);
        _network.To(device);
        _loss = new SegmentationLoss(labels, configuration.BatchDice, configuration.Architecture.Stages - 1);
        var classes = labels.ForegroundClasses.Count;
        (_truePositive, _falsePositive, _falseNegative) = (new double[classes], new double[classes], new double[classes]);
    }

    /// <summary>Takes the weights to score.</summary>
    /// <exception cref="DataException">They do not fit the network.</exception>
    public void Load(IReadOnlyList<NamedTensor> weights, string source) => _network.Load(weights, source);

    /// <summary>Scores one batch; it stays the caller's.</summary>
    public void Add(Batch batch)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var outputs = _network.ForwardAll(batch.Data.to(_device));
        Tensor[] targets = [.. batch.Targets.Select(t => t.to(_device))];
        _losses += _loss.Compute(outputs, targets).item<float>();
        _batches++;
        if (_labels.HasRegions) CountRegions(outputs[0], targets[0]);
        else CountLabels(outputs[0], targets[0]);
    }

    /// <summary>Mean loss, and Dice of each foreground class (NaN where it was neither there nor predicted) since the last call.</summary>
    public (double Loss, IReadOnlyList<double> DicePerClass) Finish()
    {
        var loss = _batches == 0 ? double.NaN : _losses / _batches;
        var dice = _truePositive.Select((tp, i) => 2 * tp / ((2 * tp) + _falsePositive[i] + _falseNegative[i])).ToArray();
        (_losses, _batches) = (0, 0);
        foreach (var counts in (double[][])[_truePositive, _falsePositive, _falseNegative]) Array.Clear(counts);
        return (loss, dice);
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private void CountLabels(Tensor logits, Tensor target)
    {
        var predicted = logits.argmax(1, keepdim: true);
        var reference = target.to(ScalarType.Int64);
        Tensor? valid = null;
        if (_labels.Ignore is { } ignore)
        {
            valid = reference != ignore;
            reference = where(valid, reference, zeros_like(reference));
        }

        for (var i = 0; i < _labels.ForegroundClasses.Count; i++) Count(i, predicted == (i + 1), reference == (i + 1), valid);
    }

    private void CountRegions(Tensor logits, Tensor target)
    {
        var regions = logits.shape[1];
        var predicted = sigmoid(logits) > 0.5;
        var valid = _labels.Ignore is null ? null : target.slice(1, regions, regions + 1, 1) == 0;
        for (var i = 0; i < regions; i++) Count(i, predicted.slice(1, i, i + 1, 1), target.slice(1, i, i + 1, 1) != 0, valid);
    }

    private void Count(int at, Tensor predicted, Tensor reference, Tensor? valid)
    {
        if (valid is not null) (predicted, reference) = (predicted.logical_and(valid), reference.logical_and(valid));
        var both = predicted.logical_and(reference).sum().item<long>();
        _truePositive[at] += both;
        _falsePositive[at] += predicted.sum().item<long>() - both;
        _falseNegative[at] += reference.sum().item<long>() - both;
    }
}
