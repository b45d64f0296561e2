using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Networks;

/// <summary>What of another training's weights a network begins with.</summary>
/// <param name="Taken">Values for the network's tensors, under the network's own names.</param>
/// <param name="Kept">Tensors of the network that keep their initialisation: its segmentation heads.</param>
/// <param name="Ignored">Tensors of the file that are not used.</param>
public sealed record PretrainedSelection(IReadOnlyList<NamedTensor> Taken, IReadOnlyList<string> Kept, IReadOnlyList<string> Ignored);

/// <summary>
/// nnU-Net's rules for <c>-pretrained_weights</c> (spec 05 section 9.7): all but the segmentation heads must be in the file with the same shape, the heads keep their
/// initialisation, and what else is in the file does not matter. A tensor may be under any of its names, where nnU-Net insists on all of them, and wrappers' prefixes are
/// taken off; optimizer, epoch and curves stay in the file.
/// </summary>
public static class PretrainedWeights
{
    private const string Head = ".seg_layers.";
    private const string Advice = "give weights of a network with the same architecture and input channels, such as one trained with these plans moved to its data set";

    /// <summary>Chooses without changing anything.</summary>
    /// <param name="network">Each tensor of the network's state once, under its first name, with its shape.</param>
    /// <param name="given">The file's weights.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="DataException">A tensor is missing or has another shape; names the file, the tensor and both shapes.</exception>
    public static PretrainedSelection Select(IReadOnlyList<(string Name, IReadOnlyList<long> Shape)> network, CheckpointWeights given, string source)
    {
        var tensors = given.Weights.Concat(given.Buffers).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var taken = new List<NamedTensor>();
        foreach (var (name, shape) in network)
        {
            if (name.Contains(Head, StringComparison.Ordinal)) continue;
            if (!tensors.TryGetValue(name, out var tensor))
                throw new DataException(source, $"lacks the weight '{name}', which this network has with the shape {Text(shape)}", Advice);
            if (!tensor.Shape.SequenceEqual(shape))
                throw new DataException(source, $"has the weight '{name}' with the shape {Text(tensor.Shape)} where this network has {Text(shape)}", Advice);
            taken.Add(tensor);
        }

        var used = taken.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return new PretrainedSelection(taken, [.. network.Select(t => t.Name).Where(n => !used.Contains(n))], [.. tensors.Keys.Where(n => !used.Contains(n))]);
    }

    private static string Text(IReadOnlyList<long> shape) => $"({string.Join(", ", shape)})";
}
