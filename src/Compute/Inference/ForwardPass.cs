using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Inference;

/// <summary>In which numbers the network computes.</summary>
public enum ForwardPrecision
{
    /// <summary>float32, as the reference on the CPU.</summary>
    Fp32,

    /// <summary>Convolutions in bfloat16.</summary>
    Bf16,
}

/// <summary>One pass through the network. The only place that knows of numbers narrower than float32: what comes out is float32 whichever they are.</summary>
internal sealed class ForwardPass
{
    private readonly ISegmentationNetwork _network;

    public ForwardPass(ISegmentationNetwork network, ForwardPrecision precision)
    {
        network.Precision = precision == ForwardPrecision.Bf16 ? Precision.Bf16 : Precision.Fp32;
        _network = network;
    }

    /// <summary>Full-resolution logits of a batch; called from several threads at once.</summary>
    public Tensor Run(Tensor batch) => _network.Forward(batch);
}
