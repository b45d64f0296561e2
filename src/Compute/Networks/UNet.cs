using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>STUB: replaced by the networks work.</summary>
public abstract class UNet : IDisposable
{
    /// <summary>Builds the network of a configuration; weights are He-normal from <paramref name="seed"/>.</summary>
    public static UNet Build(ArchitectureSpec spec, int inputChannels, int heads, ulong seed) => throw new NotImplementedException();

    /// <summary>What it was built from.</summary>
    public abstract ArchitectureSpec Spec { get; }

    /// <summary>Output channels.</summary>
    public abstract int Heads { get; }

    /// <summary>Unique parameters under their first state-dict name, in nnU-Net's optimiser order.</summary>
    public abstract IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <summary>Every name of nnU-Net's state dict in its order, with the name in <see cref="Parameters"/> whose storage it shares.</summary>
    public abstract IReadOnlyList<(string Name, string Canonical)> StateNames { get; }

    /// <summary>Full-resolution logits (batch, heads, patch...).</summary>
    public abstract Tensor Forward(Tensor input);

    /// <summary>Logits of every decoder stage, full resolution first.</summary>
    public abstract IReadOnlyList<Tensor> ForwardAll(Tensor input);

    /// <summary>Replaces the weights; names may be canonical ones or aliases.</summary>
    /// <exception cref="DataException">A parameter is missing, unknown or has another shape.</exception>
    public abstract void Load(IReadOnlyList<NamedTensor> weights, string source);

    /// <summary>Copies the weights to the host, in parameter order.</summary>
    public abstract IReadOnlyList<NamedTensor> Save();

    /// <summary>Moves the parameters.</summary>
    public abstract void To(Device device);

    /// <inheritdoc/>
    public abstract void Dispose();
}
