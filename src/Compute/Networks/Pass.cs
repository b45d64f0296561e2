using ActorSeg.Compute.Augmentation;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>One forward pass through a network, as its parts see it.</summary>
/// <param name="Training">See <see cref="ISegmentationNetwork.Training"/>.</param>
/// <param name="Precision">See <see cref="ISegmentationNetwork.Precision"/>.</param>
/// <param name="Checkpointing">See <see cref="ISegmentationNetwork.Checkpointing"/>.</param>
internal readonly record struct Pass(BatchKey? Training, Precision Precision, GradientCheckpointing? Checkpointing)
{
    /// <summary>A pass of a network as it is set.</summary>
    public static Pass Begin(ISegmentationNetwork network)
    {
        network.Checkpointing?.Begin();
        return new Pass(network.Training, network.Precision, network.Checkpointing);
    }

    /// <summary>Runs a part that may be done again in the backward pass. A new tensor; the inputs stay the caller's.</summary>
    /// <param name="state">All tensors of the part; names do not matter.</param>
    /// <param name="inputs">What goes in.</param>
    /// <param name="compute">A new tensor from the inputs, the same one each time.</param>
    public Tensor Run(IEnumerable<StateEntry> state, Tensor[] inputs, Func<Tensor[], Tensor> compute) =>
        Checkpointing is null ? compute(inputs) : Checkpointing.Run(Precision, state, inputs, compute);
}
