using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// One tensor of a network's state: its first name in the state dict, its shape, and the float32 tensor, which no dispose scope owns.
/// A parameter is trained; a buffer (batch norm's statistics) is kept by the forward pass itself.
/// </summary>
internal sealed class StateTensor(string name, long[] shape, Start start, bool trained = true) : IDisposable
{
    private Tensor? _value;

    public string Name => name;

    public IReadOnlyList<long> Shape => shape;

    public bool Trained => trained;

    public Tensor Value => _value ?? throw new InvalidOperationException($"{name} has no values yet");

    /// <summary>Makes the tensor with its first values, which are a function of the seed, the name and the position.</summary>
    public void Initialise(ulong seed)
    {
        _value = empty(shape, ScalarType.Float32).DetachFromDisposeScope();
        start.Fill(MemoryMarshal.Cast<byte, float>(_value.bytes), seed, name, shape);
        if (trained) _value.requires_grad_(true);
    }

    /// <summary>Moves the tensor; its gradient is lost.</summary>
    public void To(Device device)
    {
        if (Value.device_type == device.type) return;
        using var old = Value;
        using var plain = old.detach();
        _value = plain.to(device).DetachFromDisposeScope();
        if (trained) _value.requires_grad_(true);
    }

    /// <inheritdoc/>
    public void Dispose() => _value?.Dispose();
}

/// <summary>One name of the state dict and the tensor it stands for.</summary>
internal readonly record struct StateEntry(string Name, StateTensor Tensor);
