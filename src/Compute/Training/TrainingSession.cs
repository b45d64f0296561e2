using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training;

/// <summary>
/// Network, loss and optimiser of one training. Used from one thread. Holds the weights and their momentum, memory for the next copy of both and, during a step, the activations of one
/// batch; on further devices the weights and their share of the activations.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly SegmentationLoss _loss;
    private readonly Device _device;
    private readonly Optimizer _optimizer;
    private readonly WarmArrays _arrays;
    private readonly Replicas _replicas;
    private TrainingOptions _options;
    private LossScale _scale = LossScale.Initial;

    /// <summary>A network with its initial weights, which are a function of the seed.</summary>
    /// <param name="configuration">Architecture and whether Dice counts the batch as one.</param>
    /// <param name="labels">What the outputs stand for.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>; the first of the options' number of them.</param>
    /// <param name="recipe">Which network; the plans' own when left out.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="ResourceException">There are fewer devices than the options want.</exception>
    /// <exception cref="DataException">The architecture is not one that can be built.</exception>
    public TrainingSession(Configuration configuration, LabelSet labels, int inputChannels, TrainingOptions options, string device, NetworkRecipe? recipe = null)
    {
        options.Validate();
        var devices = Devices.First(device, options.Devices);
        (_options, _device) = (options, new Device(devices[0]));
        ISegmentationNetwork Build() => (recipe ?? NetworkRecipe.Default).Build(configuration, inputChannels, labels.Heads, options.Seed);
        Network = Build();
        try
        {
            _replicas = new Replicas(Network, devices, Build);
        }
        catch
        {
            Network.Dispose();
            throw;
        }

        _replicas.Follow(options);
        _loss = new SegmentationLoss(labels, configuration.BatchDice, Network.Outputs, options.Loss);
        _optimizer = Optimizer.Create(options.Optimizer, Network, options.WeightDecay);
        _arrays = new WarmArrays([.. Network.Parameters.Concat(Network.Buffers).Select(t => checked((int)t.Value.NumberOfElements)), .. _optimizer.SavedLengths]);
    }

    /// <summary>The network being trained.</summary>
    public ISegmentationNetwork Network { get; }

    /// <summary>
    /// One iteration (spec 05 sections 3.1 and 4). Gives the loss; the batch stays the caller's. In fp16, a step whose scaled gradients leave its range changes
    /// no weight.
    /// </summary>
    /// <param name="batch">Patches and one target an output, full resolution first; more are left alone. Its key decides what the network drops at random.</param>
    /// <param name="epoch">From 0; decides the learning rate.</param>
    /// <exception cref="NonFiniteLossException">Loss or gradients are not finite; neither weights, buffers nor momentum are changed.</exception>
    public double Step(Batch batch, int epoch)
    {
        using var scope = NewDisposeScope();
        _optimizer.ForgetGradients();

        // Batch norm learns from a batch before anybody knows whether its loss is finite.
        Tensor[] buffers = [.. Network.Buffers.Select(b => b.Value.clone())];
        var outputs = _replicas.Forward(batch);
        using var loss = _loss.Evaluate(outputs, [.. batch.Targets.Take(Network.Outputs).Select(t => t.to(_device))]);
        loss.Backward(Scale);
        _replicas.Gather();

        var norm = double.IsFinite(loss.Value) ? _optimizer.Step(_options.LearningRateAt(epoch), _options.GradientClip, Scale) : double.NaN;
        var isFinite = double.IsFinite(norm);
        if (IsScaled) _scale = _scale.After(isFinite);
        if (!isFinite && (!IsScaled || !double.IsFinite(loss.Value) || _scale.IsExhausted))
        {
            for (var i = 0; i < buffers.Length; i++) Network.Buffers[i].Value.copy_(buffers[i]);
            throw new NonFiniteLossException(loss.Value, norm, NonFiniteOrigin.Of(batch, Network, outputs));
        }

        _optimizer.ForgetGradients();
        return loss.Value;
    }

    private bool IsScaled => _options.Precision == Precision.Fp16;

    private double Scale => IsScaled ? _scale.Factor : 1;

    /// <summary>Goes on by other epochs, learning rate or precision, from the next step on.</summary>
    /// <param name="options">What else it holds is fixed when the session is made, and not looked at.</param>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public void Use(TrainingOptions options)
    {
        options.Validate();
        _options = _options with { Epochs = options.Epochs, InitialLearningRate = options.InitialLearningRate, Precision = options.Precision };
        _replicas.Follow(_options);
    }

    /// <summary>Copies weights and momentum to the host.</summary>
    /// <param name="epoch">The epoch of the next iteration.</param>
    /// <param name="iteration">The next iteration within it.</param>
    /// <param name="epochLosses">Losses of that epoch so far.</param>
    public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses)
    {
        var snapshot = new TrainingSnapshot(epoch, iteration, Network.Save(_arrays), _optimizer.Save(_arrays), [.. epochLosses]) { LossScale = IsScaled ? _scale : null };
        _arrays.Renew();
        return snapshot;
    }

    /// <summary>Gives back memory that lies free between two steps, so that a process does not grow for hours. On the CPU alone; a GPU's memory is torch's own affair.</summary>
    public void Tidy()
    {
        if (_device.type == DeviceType.CPU) NativeHeap.Trim();
    }

    /// <summary>Goes back to a snapshot, to the bit. A snapshot that is refused leaves the session as it was.</summary>
    /// <param name="snapshot">Weights and momentum of the same architecture.</param>
    /// <param name="source">Names it in errors.</param>
    /// <exception cref="DataException">It does not fit this network.</exception>
    public void Restore(TrainingSnapshot snapshot, string source)
    {
        _optimizer.Check(snapshot.Optimizer, source);
        Network.Load(snapshot.Weights, source);
        _optimizer.Load(snapshot.Optimizer);
        _scale = snapshot.LossScale ?? LossScale.Initial;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _replicas.Dispose();
        _optimizer.Dispose();
        Network.Dispose();
    }
}
