using TorchSharp;
using static ActorSeg.Compute.Networks.AutocastEntryPoints;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// torch's automatic casting, on this thread for the rest of a block: convolutions cast what they are given, each weight once, and what follows them stays in that type.
/// Gradients come back in the type of the weights. Scopes nest: the inner one decides, also when it is of float32. A scope cannot leave its thread.
/// </summary>
public readonly ref struct Autocast
{
    private readonly DeviceType _device;
    private readonly bool _wasEnabled;
    private readonly ScalarType _was;

    private Autocast(DeviceType device) => (_device, _wasEnabled, _was) = (device, IsEnabled(device), TypeOf(device));

    /// <summary>Begins a scope; disposing it restores what was before.</summary>
    /// <param name="precision">Of convolutions and products; float32 leaves everything as it is.</param>
    /// <param name="device">Whose operations are meant.</param>
    public static Autocast Enter(Precision precision, DeviceType device)
    {
        var scope = new Autocast(device);
        BeginScope();
        if (precision != Precision.Fp32) SetType(device, precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float16);
        SetEnabled(device, precision != Precision.Fp32);
        return scope;
    }

    /// <inheritdoc cref="IDisposable.Dispose"/>
    public void Dispose()
    {
        // The cast weights are those of this step: the next one changes the weights they were made from.
        if (EndScope() == 0) ForgetCasts();
        SetEnabled(_device, _wasEnabled);
        SetType(_device, _was);
    }
}
