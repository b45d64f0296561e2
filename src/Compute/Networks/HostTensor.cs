using System.Runtime.InteropServices;
using ActorSeg.Compute.Checkpoints;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>Copies between torch and plain arrays through the tensor's own bytes: one memory copy, no element loop.</summary>
internal static class HostTensor
{
    /// <summary>A float32 tensor's values on the host, in an array of <paramref name="arrays"/> or a new one.</summary>
    public static NamedTensor Read(string name, Tensor tensor, WarmArrays? arrays = null)
    {
        using var plain = tensor.detach();
        using var host = plain.cpu();
        using var dense = host.contiguous();
        var source = MemoryMarshal.Cast<byte, float>(dense.bytes);
        var values = arrays?.Take(source.Length) ?? GC.AllocateUninitializedArray<float>(source.Length);
        source.CopyTo(values);
        return new NamedTensor(name, tensor.shape, values);
    }

    /// <summary>What keeps saved values from being written to a tensor, as the end of a sentence; null when nothing does.</summary>
    public static string? Mismatch(NamedTensor saved, Tensor tensor) =>
        !saved.Shape.SequenceEqual(tensor.shape) ? $"shape ({string.Join(", ", saved.Shape)}) where this network has ({string.Join(", ", tensor.shape)})"
        : saved.Values.LongLength != tensor.NumberOfElements ? $"{saved.Values.LongLength} values where its shape asks for {tensor.NumberOfElements}"
        : null;

    /// <summary>Overwrites a contiguous float32 tensor in place with as many values.</summary>
    public static void Write(Tensor tensor, float[] values)
    {
        using var plain = tensor.detach();
        if (plain.device_type == TorchSharp.DeviceType.CPU)
        {
            values.CopyTo(MemoryMarshal.Cast<byte, float>(plain.bytes));
            return;
        }

        using var host = zeros(tensor.shape, ScalarType.Float32);
        values.CopyTo(MemoryMarshal.Cast<byte, float>(host.bytes));
        plain.copy_(host);
    }
}
