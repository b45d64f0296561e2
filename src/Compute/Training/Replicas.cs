using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training;

/// <summary>
/// A network and its copies on other devices, which share out each batch (nnU-Net's <c>-num_gpus</c>, spec 05 section 6). The logits of all come together on the
/// first device, where the loss is that of the whole batch, and so do the gradients: a step is the one that a single device would have taken, to within
/// rounding, whatever the loss and however uneven the shares. torch starts the work of a device and does not wait for it, so one thread keeps all of them at work.
/// Holds a network for each device but the first. Used from one thread.
/// </summary>
internal sealed class Replicas : IDisposable
{
    private readonly ISegmentationNetwork[] _networks;
    private readonly Device[] _devices;

    /// <summary>Copies a network to further devices, and does not copy anything where there is only one.</summary>
    /// <param name="first">The network that is trained; it stays the caller's.</param>
    /// <param name="devices">One for each network, the first one's first.</param>
    /// <param name="build">Another network like the first.</param>
    /// <exception cref="UsageException">There are several devices, and layers that look at more than one sample.</exception>
    public Replicas(ISegmentationNetwork first, IReadOnlyList<string> devices, Func<ISegmentationNetwork> build)
    {
        if (devices.Count > 1 && first.Buffers.Count > 0)
            throw new UsageException($"-num_gpus {devices.Count}: batch norm over several devices is not there; give -num_gpus 1, or a trainer without batch norm");
        _devices = [.. devices.Select(name => new Device(name))];
        _networks = [first, .. devices.Skip(1).Select(_ => build())];
        foreach (var (network, device) in _networks.Zip(devices)) network.To(device);
    }

    /// <summary>How many samples each takes: as equal as can be, the first ones more (spec 05 section 6).</summary>
    public static int[] Shares(int samples, int count) => [.. Enumerable.Range(0, count).Select(i => (samples / count) + (i < samples % count ? 1 : 0))];

    /// <summary>Has all of them compute, and keep for their gradients, as the first one does.</summary>
    public void Follow(TrainingOptions options)
    {
        foreach (var network in _networks)
        {
            network.Precision = options.Precision;
            if (options.GradientCheckpointing) network.Checkpointing ??= new GradientCheckpointing();
        }
    }

    /// <summary>Logits of the whole batch on the first device, full resolution first; gradients that are sent back from them reach every network.</summary>
    public IReadOnlyList<Tensor> Forward(Batch batch)
    {
        if (_networks.Length == 1) return Logits(0, batch.Key, batch.Data);
        Broadcast();
        var (shares, begin) = (Shares((int)batch.Data.shape[0], _networks.Length), 0);
        var parts = new IReadOnlyList<Tensor>[_networks.Length];
        for (var i = 0; i < _networks.Length; i++)
        {
            // What is dropped at random follows from the key and the place within the share: no two shares drop the same.
            var key = i == 0 ? batch.Key : batch.Key with { Seed = batch.Key.Seed ^ NameHash.Of($"share {i}") };
            parts[i] = Logits(i, key, batch.Data.narrow(0, begin, shares[i]));
            begin += shares[i];
        }

        return [.. Enumerable.Range(0, parts[0].Count).Select(output => cat([.. parts.Select(part => part[output].to(_devices[0]))]))];
    }

    /// <summary>Adds up the gradients at the first network, after the backward pass.</summary>
    /// <exception cref="Exception">What went wrong within that pass, where parts of the networks were worked out again.</exception>
    public void Gather()
    {
        foreach (var network in _networks) network.Checkpointing?.ThrowIfFailed();
        using var noGradient = no_grad();
        foreach (var copy in _networks.Skip(1))
            for (var i = 0; i < copy.Parameters.Count; i++)
            {
                var parameter = copy.Parameters[i].Value;
                if (parameter.grad is { } gradient) _networks[0].Parameters[i].Value.grad!.add_(gradient.to(_devices[0]));
                parameter.grad = null;
            }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var network in _networks) network.Checkpointing?.Dispose();
        foreach (var copy in _networks.Skip(1)) copy.Dispose();
    }

    private IReadOnlyList<Tensor> Logits(int index, BatchKey key, Tensor data)
    {
        _networks[index].Training = key;
        return _networks[index].ForwardAll(data.to(_devices[index]));
    }

    // The step before, or a snapshot, has changed the first network alone; and a step that failed has left gradients.
    private void Broadcast()
    {
        using var noGradient = no_grad();
        foreach (var copy in _networks.Skip(1))
            for (var i = 0; i < copy.Parameters.Count; i++)
            {
                var parameter = copy.Parameters[i].Value;
                parameter.grad = null;
                parameter.copy_(_networks[0].Parameters[i].Value);
            }
    }
}
