using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
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
    private readonly Tensor?[] _momentum;

    /// <summary>A network with its initial weights, which are a function of the seed.</summary>
    /// <param name="configuration">Architecture and whether Dice counts the batch as one.</param>
    /// <param name="labels">What the outputs stand for.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>.</param>
    public TrainingSession(Configuration configuration, LabelSet labels, int inputChannels, TrainingOptions options, string device)
    {
        options.Validate();
        (_options, _device) = (options, new Device(device));
        Network = UNet.Build(configuration.Architecture, inputChannels, labels.Heads, options.Seed);
        Network.To(device);
        _loss = new SegmentationLoss(labels, configuration.BatchDice, configuration.Architecture.Stages - 1);
        _momentum = new Tensor?[Network.Parameters.Count];
    }

    /// <summary>The network being trained.</summary>
    public UNet Network { get; }

    /// <summary>One iteration (spec 05 sections 3.1 and 4). Gives the loss; the batch stays the caller's.</summary>
    /// <exception cref="NonFiniteLossException">Loss or gradients are not finite; nothing is changed.</exception>
    public double Step(Batch batch, int epoch)
    {
        using var scope = NewDisposeScope();
        var learningRate = PolyLearningRate.At(epoch, _options.Epochs, _options.InitialLearningRate);

        foreach (var (_, parameter) in Network.Parameters) parameter.grad = null;
        var outputs = Network.ForwardAll(batch.Data.to(_device));
        var loss = _loss.Compute(outputs, [.. batch.Targets.Select(t => t.to(_device))]);
        loss.backward();

        using var noGradient = no_grad();
        var gradients = Network.Parameters.Select(p => p.Value.grad).ToArray();
        var norm = stack(gradients.OfType<Tensor>().Select(g => g.norm())).norm().item<float>();
        var value = loss.item<float>();
        if (!float.IsFinite(value) || !float.IsFinite(norm)) throw new NonFiniteLossException(value, norm);
        var clip = Math.Min(1, _options.GradientClip / (norm + 1e-6));

        for (var i = 0; i < gradients.Length; i++)
        {
            // The lowest head has weight zero in the loss: it has no gradient, and neither momentum nor decay touch it.
            if (gradients[i] is not { } gradient) continue;
            var parameter = Network.Parameters[i].Value;
            gradient.mul_(clip);
            gradient.add_(parameter, alpha: _options.WeightDecay);
            if (_momentum[i] is { } velocity) velocity.mul_(_options.Momentum).add_(gradient);
            else _momentum[i] = velocity = gradient.clone().DetachFromDisposeScope();
            gradient.add_(velocity, alpha: _options.Momentum);
            parameter.add_(gradient, alpha: -learningRate);
        }

        foreach (var (_, parameter) in Network.Parameters) parameter.grad = null;
        return value;
    }

    /// <summary>Copies weights and momentum to the host.</summary>
    /// <param name="epoch">The epoch of the next iteration.</param>
    /// <param name="iteration">The next iteration within it.</param>
    /// <param name="epochLosses">Losses of that epoch so far.</param>
    public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses) =>
        new(epoch, iteration, Network.Save(), [.. Network.Parameters.Select((p, i) => _momentum[i] is { } m ? HostTensor.Read(p.Name, m) : null)], epochLosses);

    /// <summary>Goes back to a snapshot, to the bit.</summary>
    /// <param name="snapshot">Weights and momentum of the same architecture.</param>
    /// <param name="source">Names it in errors.</param>
    /// <exception cref="DataException">It does not fit this network.</exception>
    public void Restore(TrainingSnapshot snapshot, string source)
    {
        if (snapshot.Momentum.Count != _momentum.Length)
            throw new DataException(source, $"has momentum for {snapshot.Momentum.Count} parameters where the network has {_momentum.Length}", "resume with the plans it was trained with");
        Network.Load(snapshot.Weights, source);
        for (var i = 0; i < _momentum.Length; i++)
        {
            _momentum[i]?.Dispose();
            _momentum[i] = snapshot.Momentum[i] is { } saved ? Make(saved) : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var momentum in _momentum) momentum?.Dispose();
        Network.Dispose();
    }

    private Tensor Make(NamedTensor saved)
    {
        var tensor = zeros([.. saved.Shape], ScalarType.Float32, device: _device).DetachFromDisposeScope();
        HostTensor.Write(tensor, saved.Values);
        return tensor;
    }
}
