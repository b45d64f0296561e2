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
    private readonly PooledDice _dice;
    private readonly SegmentationLoss _loss;
    private readonly ISegmentationNetwork _network;
    private readonly Device _device;
    private double _losses;
    private int _batches;

    /// <summary>A network to score snapshots with.</summary>
    /// <param name="configuration">Architecture and whether Dice counts the batch as one.</param>
    /// <param name="labels">What the outputs stand for.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>.</param>
    /// <param name="recipe">Which network; the plans' own when left out.</param>
    /// <param name="options">The training's loss and precision, so that its scores are of what it computes; nnU-Net's own when left out.</param>
    public OnlineValidation(Configuration configuration, LabelSet labels, int inputChannels, string device, NetworkRecipe? recipe = null, TrainingOptions? options = null)
    {
        (_dice, _device) = (new PooledDice(labels), new Device(device));
        _network = (recipe ?? NetworkRecipe.Default).Build(configuration, inputChannels, labels.Heads, seed: 0);
        _network.To(device);
        _network.Precision = options?.Precision ?? Precision.Fp32;
        _loss = new SegmentationLoss(labels, configuration.BatchDice, _network.Outputs, options?.Loss);
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
        Tensor[] targets = [.. batch.Targets.Take(_network.Outputs).Select(t => t.to(_device))];
        _losses += _loss.Value(outputs, targets);
        _batches++;
        _dice.Add(outputs[0], targets[0]);
    }

    /// <summary>Mean loss, and Dice of each foreground class (NaN where it was neither there nor predicted) since the last call.</summary>
    public (double Loss, IReadOnlyList<double> DicePerClass) Finish()
    {
        var loss = _batches == 0 ? double.NaN : _losses / _batches;
        (_losses, _batches) = (0, 0);
        return (loss, _dice.Finish());
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();
}
