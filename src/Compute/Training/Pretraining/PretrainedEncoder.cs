using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Training.Pretraining;

/// <summary>
/// Moves the weights of a pretrained encoder and its stem into a network whose decoder, patch or number of channels are others (spec 05 section 16,
/// PretrainedTrainer).
/// </summary>
public static class PretrainedEncoder
{
    private const string Advice = "name the network that was pretrained in the plans, and its parts in pretrain_info";

    /// <summary>
    /// All weights of the network, with encoder and stem from the pretrained one: its first convolution shared out among the channels where it knew one, its places
    /// resized to the patch. The decoder keeps what it has.
    /// </summary>
    /// <param name="network">What it has now, as it saves them.</param>
    /// <param name="parts">Of the network.</param>
    /// <param name="pretrained">Of the pretrained network, in any order; what is neither encoder nor stem is left out.</param>
    /// <param name="pretrainedParts">Of the pretrained network.</param>
    /// <param name="source">The file they are from, for messages.</param>
    /// <param name="adapt">
    /// Whether kernels may shrink to 1 along an axis (they are averaged), and what one of the two does not have, or has in another shape, keeps its first weights:
    /// DynamicPretrainedTrainer. Otherwise all of encoder and stem must be there and fit.
    /// </param>
    /// <exception cref="DataException">A weight is missing, unknown, or does not fit.</exception>
    public static IReadOnlyList<NamedTensor> Import(
        IReadOnlyList<NamedTensor> network, NetworkParts parts, IReadOnlyList<NamedTensor> pretrained, NetworkParts pretrainedParts, string source, bool adapt = false)
    {
        var given = Renamed(pretrained, pretrainedParts, parts);
        if (given.Count == 0) throw new DataException(source, $"has no weights under '{pretrainedParts.Encoder}' or '{pretrainedParts.Stem}'", Advice);
        if (!adapt && given.Keys.Except(network.Select(t => t.Name), StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new DataException(source, $"holds the weight '{given[unknown].Name}', which this network does not have", Advice);
        var hasClassToken = pretrained.Any(t => IsClassToken(t.Name));
        return [.. network.Select(Fitted)];

        NamedTensor Fitted(NamedTensor own)
        {
            if (!given.TryGetValue(own.Name, out var theirs))
                return adapt || NameIn(own.Name, parts, parts) is null ? own : throw new DataException(source, $"lacks the weight '{own.Name}'", Advice);
            if (own.Name == parts.Positions) theirs = PositionResizing.Resize(theirs, hasClassToken, pretrainedParts.PatchSize, parts.PatchSize, source);
            if (IsFirst(own.Name, parts)) theirs = SharedOut(theirs, own.Shape, source);
            if (adapt) theirs = Averaged(theirs, own.Shape);
            if (own.Shape.SequenceEqual(theirs.Shape)) return own with { Values = theirs.Values };
            return adapt ? own : throw new DataException(
                source, $"has the weight '{theirs.Name}' with shape ({string.Join(", ", theirs.Shape)}) where this network has ({string.Join(", ", own.Shape)})", Advice);
        }
    }

    private static Dictionary<string, NamedTensor> Renamed(IReadOnlyList<NamedTensor> weights, NetworkParts from, NetworkParts to)
    {
        var renamed = new Dictionary<string, NamedTensor>(StringComparer.Ordinal);
        foreach (var tensor in weights)
            if (!IsClassToken(tensor.Name) && NameIn(tensor.Name, from, to) is { } name)
                renamed.TryAdd(ParameterNames.Canonical(name), tensor);
        return renamed;
    }

    // The stem before the encoder, within which it may lie. Null for what is no part of either.
    private static string? NameIn(string name, NetworkParts from, NetworkParts to)
    {
        name = ParameterNames.Unwrap(name);
        return name == from.Positions ? to.Positions : Moved(from.Stem, to.Stem) ?? Moved(from.Encoder, to.Encoder);

        string? Moved(string before, string after) => name.StartsWith($"{before}.", StringComparison.Ordinal) ? after + name[before.Length..] : null;
    }

    private static bool IsFirst(string name, NetworkParts parts) => parts.FirstConvolution.Any(path => $"{path}.weight" == name);

    // A token that stood for the whole image in pretraining. Segmentation has none.
    private static bool IsClassToken(string name) => name.EndsWith("cls_token", StringComparison.Ordinal);

    // An image with the same picture in each channel then looks as the one channel did.
    private static NamedTensor SharedOut(NamedTensor weight, IReadOnlyList<long> wanted, string source)
    {
        if (weight.Shape.Count != wanted.Count || weight.Shape[1] == wanted[1]) return weight;
        if (weight.Shape[1] != 1)
            throw new DataException(source, $"was pretrained with {weight.Shape[1]} channels, which cannot become {wanted[1]}", "use weights that were pretrained with one channel, or with as many");
        var channels = (int)wanted[1];
        var kernel = weight.Values.Length / (int)weight.Shape[0];
        var values = new float[weight.Values.Length * channels];
        for (var i = 0; i < values.Length; i++) values[i] = weight.Values[(i / (kernel * channels) * kernel) + (i % kernel)] / channels;
        return weight with { Shape = [weight.Shape[0], channels, .. weight.Shape.Skip(2)], Values = values };
    }

    private static NamedTensor Averaged(NamedTensor weight, IReadOnlyList<long> wanted)
    {
        if (weight.Shape.Count != wanted.Count) return weight;
        for (var axis = 2; axis < wanted.Count; axis++)
            if (wanted[axis] == 1 && weight.Shape[axis] > 1)
                weight = MeanOver(weight, axis);
        return weight;
    }

    private static NamedTensor MeanOver(NamedTensor weight, int axis)
    {
        var count = (int)weight.Shape[axis];
        var inner = (int)weight.Shape.Skip(axis + 1).Aggregate(1L, (product, n) => product * n);
        var values = new float[weight.Values.Length / count];
        for (var i = 0; i < values.Length; i++)
        {
            var (outer, at) = Math.DivRem(i, inner);
            values[i] = Enumerable.Range(0, count).Sum(k => weight.Values[(((outer * count) + k) * inner) + at]) / count;
        }

        return weight with { Shape = [.. weight.Shape.Select((n, d) => d == axis ? 1 : n)], Values = values };
    }
}
