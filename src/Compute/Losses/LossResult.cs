using static TorchSharp.torch;

namespace ActorSeg.Compute.Losses;

/// <summary>A loss and its gradients, which are worked out with it: nothing is kept for autograd but one tensor of the logits' size for each output.</summary>
public sealed class LossResult : IDisposable
{
    private readonly (Tensor Logits, Tensor Gradient)[] _outputs;

    internal LossResult(double value, IEnumerable<(Tensor Logits, Tensor Gradient)> outputs) => (Value, _outputs) = (value, [.. outputs]);

    /// <summary>The loss.</summary>
    public double Value { get; }

    /// <summary>
    /// Sends the gradients back through the network that made the logits. Outputs of weight zero get none, so that their parameters keep none either.
    /// </summary>
    /// <param name="scale">Multiplies the gradients: what loss scaling wants.</param>
    public void Backward(double scale = 1)
    {
        if (scale != 1)
            foreach (var (_, gradient) in _outputs)
                gradient.mul_(scale);
        autograd.backward([.. _outputs.Select(o => o.Logits)], [.. _outputs.Select(o => o.Gradient)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, gradient) in _outputs) gradient.Dispose();
    }
}
