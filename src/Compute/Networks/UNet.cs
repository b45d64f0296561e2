using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// A segmentation network of nnU-Net's kind: an encoder, a decoder with one segmentation layer a stage, parameters under nnU-Net's names (spec 04).
/// Tensors that are handed out belong to the caller.
/// </summary>
public abstract class UNet : IDisposable
{
    private readonly List<(string Name, Tensor Value)> _parameters = [];
    private readonly Dictionary<string, Tensor> _byName = [];

    /// <summary>Takes what every such network is built from.</summary>
    private protected UNet(ArchitectureSpec spec, int inputChannels, int heads) => (Spec, InputChannels, Heads) = (spec, inputChannels, heads);

    /// <summary>Builds the network of a configuration; weights are He-normal, each a function of <paramref name="seed"/> and its name (spec 04 section 6).</summary>
    /// <exception cref="DataException">The architecture is not one that can be built.</exception>
    public static UNet Build(ArchitectureSpec spec, int inputChannels, int heads, ulong seed) => spec.NetworkClassName.Split('.')[^1] switch
    {
        nameof(PlainConvUNet) => new PlainConvUNet(spec, inputChannels, heads, seed),
        var other => throw new DataException("plans", $"network_class_name '{other}' cannot be built", "use plans with PlainConvUNet, such as those of ExperimentPlanner"),
    };

    /// <summary>What it was built from.</summary>
    public ArchitectureSpec Spec { get; }

    /// <summary>Image channels.</summary>
    public int InputChannels { get; }

    /// <summary>Output channels.</summary>
    public int Heads { get; }

    /// <summary>Unique parameters under their first state-dict name, in nnU-Net's optimiser order. They stay this network's.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters => _parameters;

    /// <summary>Every name of nnU-Net's state dict in its order, with the name in <see cref="Parameters"/> whose storage it shares.</summary>
    public abstract IReadOnlyList<(string Name, string Canonical)> StateNames { get; }

    /// <summary>Full-resolution logits (batch, heads, patch...) of an input (batch, channels, patch...).</summary>
    public abstract Tensor Forward(Tensor input);

    /// <summary>Logits of every decoder stage, full resolution first.</summary>
    public abstract IReadOnlyList<Tensor> ForwardAll(Tensor input);

    /// <summary>Replaces the weights; names may be canonical ones or aliases, with or without <c>module.</c> and <c>_orig_mod.</c> in front.</summary>
    /// <exception cref="DataException">A parameter is missing, unknown or has another shape.</exception>
    public void Load(IReadOnlyList<NamedTensor> weights, string source)
    {
        var canonical = StateNames.ToDictionary(n => n.Name, n => n.Canonical);
        var found = new Dictionary<string, NamedTensor>();
        foreach (var tensor in weights)
        {
            var name = tensor.Name.Replace("module.", "", StringComparison.Ordinal).Replace("_orig_mod.", "", StringComparison.Ordinal);
            if (!canonical.TryGetValue(name, out var parameter))
                throw new DataException(source, $"holds the weight '{tensor.Name}', which this network does not have", "use the plans the weights were trained with");
            if (found.TryGetValue(parameter, out var other) && !ReferenceEquals(other.Values, tensor.Values) && !other.Values.AsSpan().SequenceEqual(tensor.Values))
                throw new DataException(source, $"the aliases '{other.Name}' and '{tensor.Name}' of one weight differ", "write the file again from its network");
            found[parameter] = tensor;
        }

        foreach (var (name, value) in _parameters)
        {
            if (!found.TryGetValue(name, out var tensor)) throw new DataException(source, $"lacks the weight '{name}'", "use the plans the weights were trained with");
            if (!value.shape.AsSpan().SequenceEqual(tensor.Shape.ToArray()))
                throw new DataException(source, $"weight '{name}' has shape ({string.Join(", ", tensor.Shape)}) where this network has ({string.Join(", ", value.shape)})",
                    "use the plans the weights were trained with");
        }

        foreach (var (name, value) in _parameters) HostTensor.Write(value, found[name].Values);
    }

    /// <summary>Copies the weights to the host, in parameter order.</summary>
    public IReadOnlyList<NamedTensor> Save() => [.. _parameters.Select(p => HostTensor.Read(p.Name, p.Value))];

    /// <summary>Moves the parameters to <c>cpu</c> or <c>cuda</c>; gradients are lost.</summary>
    public void To(string target)
    {
        var device = new Device(target);
        for (var i = 0; i < _parameters.Count; i++)
        {
            var (name, value) = _parameters[i];
            if (value.device_type == device.type) continue;
            using var plain = value.detach();
            var moved = plain.to(device).requires_grad_(true).DetachFromDisposeScope();
            value.Dispose();
            (_parameters[i], _byName[name]) = ((name, moved), moved);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, value) in _parameters) value.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a parameter; the order of calls is nnU-Net's parameter order.</summary>
    private protected void Add(string name, float[] values, params long[] shape)
    {
        using var filled = zeros(shape, ScalarType.Float32);
        HostTensor.Write(filled, values);
        var value = filled.clone().requires_grad_(true).DetachFromDisposeScope();
        _parameters.Add((name, value));
        _byName.Add(name, value);
    }

    /// <summary>A parameter by its canonical name.</summary>
    private protected Tensor this[string name] => _byName[name];
}
