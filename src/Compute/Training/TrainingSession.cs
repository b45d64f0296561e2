using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training;

/// <summary>
/// Network, loss and optimiser of one training. Used from one thread. Holds the weights, their momentum and, during a step, the activations of one batch.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly SegmentationLoss _loss;
    private readonly Device _device;
    private readonly FusedSgd _optimizer;

    /// <summary>A network with its initial weights, which are a function of the seed.</summary>
    /// <param name="configuration">Architecture and whether Dice counts the batch as one.</param>
    /// <param name="labels">What the outputs stand for.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="DataException">The architecture is not one that can be built.</exception>
    public TrainingSession(Configuration configuration, LabelSet labels, int inputChannels, TrainingOptions options, string device)
    {
        options.Validate();
        (_options, _device) = (options, new Device(device));
        Network = UNet.Build(configuration.Architecture, inputChannels, labels.Heads, options.Seed);
        Network.To(device);
        Network.Precision = options.Precision;
        _loss = new SegmentationLoss(labels, configuration.BatchDice, configuration.Architecture.Stages - 1);
        _optimizer = new FusedSgd(Network, options.Momentum, options.WeightDecay);
    }

    /// <summary>The network being trained.</summary>
    public UNet Network { get; }

    /// <summary>One iteration (spec 05 sections 3.1 and 4). Gives the loss; the batch stays the caller's.</summary>
    /// <param name="batch">Patches and one target an output, full resolution first.</param>
    /// <param name="epoch">From 0; decides the learning rate.</param>
    /// <exception cref="NonFiniteLossException">Loss or gradients are not finite; neither weights nor momentum are changed.</exception>
    public double Step(Batch batch, int epoch)
    {
        using var scope = NewDisposeScope();
        _optimizer.ForgetGradients();

        var outputs = Network.ForwardAll(batch.Data.to(_device));
        var loss = _loss.Compute(outputs, [.. batch.Targets.Select(t => t.to(_device))]);
        loss.backward();

        double value = loss.item<float>();
        var rate = PolyLearningRate.At(epoch, _options.Epochs, _options.InitialLearningRate);
        var norm = double.IsFinite(value) ? _optimizer.Step(rate, _options.GradientClip) : double.NaN;
        if (!double.IsFinite(norm)) throw new NonFiniteLossException(value, norm);
        _optimizer.ForgetGradients();
        return value;
    }

    /// <summary>Copies weights and momentum to the host.</summary>
    /// <param name="epoch">The epoch of the next iteration.</param>
    /// <param name="iteration">The next iteration within it.</param>
    /// <param name="epochLosses">Losses of that epoch so far.</param>
    public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses) =>
        new(epoch, iteration, Network.Save(), _optimizer.Save(), [.. epochLosses]);

    /// <summary>Goes back to a snapshot, to the bit. A snapshot that is refused leaves the session as it was.</summary>
    /// <param name="snapshot">Weights and momentum of the same architecture.</param>
    /// <param name="source">Names it in errors.</param>
    /// <exception cref="DataException">It does not fit this network.</exception>
    public void Restore(TrainingSnapshot snapshot, string source)
    {
        _optimizer.Check(snapshot.Momentum, source);
        Network.Load(snapshot.Weights, source);
        _optimizer.Load(snapshot.Momentum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        Network.Dispose();
    }
}
