using System.Globalization;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training;

/// <summary>Where numbers that are not finite came from: looked for in the order in which a step computes, once a step has failed.</summary>
internal static class NonFiniteOrigin
{
    /// <summary>A part of a sentence: what is not finite first, and the range of each input channel.</summary>
    /// <param name="batch">What was trained on.</param>
    /// <param name="network">With the gradients of the failed step, where it came so far.</param>
    /// <param name="outputs">Logits, full resolution first.</param>
    public static string Of(Batch batch, ISegmentationNetwork network, IReadOnlyList<Tensor> outputs)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return $"first not finite: {First(batch, network, outputs)}; {Ranges(batch.Data)}";
    }

    private static string First(Batch batch, ISegmentationNetwork network, IReadOnlyList<Tensor> outputs)
    {
        if (!IsFinite(batch.Data)) return "the batch itself";
        if (network.Parameters.FirstOrDefault(p => !IsFinite(p.Value)).Name is { } weight) return $"the weight {weight}";
        for (var i = 0; i < outputs.Count; i++)
            if (!IsFinite(outputs[i])) return string.Create(CultureInfo.InvariantCulture, $"the activations before output {i} of {outputs.Count}");

        // Gradients are computed from the last layer to the first. Where all are missing or finite it is their sum, or the loss alone.
        return network.Parameters.LastOrDefault(p => p.Value.grad is { } gradient && !IsFinite(gradient)).Name is { } layer ? $"the gradient of {layer}" : "the loss";
    }

    private static string Ranges(Tensor data) => string.Join(", ", Enumerable.Range(0, (int)data.shape[1]).Select(c =>
    {
        var channel = data.select(1, c);
        return string.Create(CultureInfo.InvariantCulture, $"channel {c} from {channel.min().item<float>():G4} to {channel.max().item<float>():G4}");
    }));

    private static bool IsFinite(Tensor values) => values.isfinite().all().item<bool>();
}
