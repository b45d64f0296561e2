using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// Fits named weights to a network. nnU-Net's strict load lets the last alias win in silence where aliases disagree (spec 04, trap 2); here that is an error,
/// because such a file was edited by halves.
/// </summary>
internal static class StateDict
{
    private const string Advice = "use the plans the weights were trained with";

    /// <summary>The values for each tensor of the network.</summary>
    /// <exception cref="DataException">One is missing, unknown, has another shape, or its aliases disagree.</exception>
    public static IReadOnlyList<(StateTensor Tensor, float[] Values)> Match(IReadOnlyList<NamedTensor> given, IReadOnlyList<StateEntry> state, string source)
    {
        var known = state.ToDictionary(entry => entry.Name, entry => entry.Tensor, StringComparer.Ordinal);
        var found = new Dictionary<StateTensor, NamedTensor>();
        foreach (var weight in given)
        {
            if (!known.TryGetValue(ParameterNames.Unwrap(weight.Name), out var tensor))
                throw new DataException(source, $"holds the weight '{weight.Name}', which this network does not have", Advice);
            if (HostTensor.Mismatch(weight, tensor.Value) is { } problem) throw new DataException(source, $"has the weight '{weight.Name}' with {problem}", Advice);
            if (!found.TryAdd(tensor, weight) && !Same(found[tensor].Values, weight.Values))
                throw new DataException(source, $"the aliases '{found[tensor].Name}' and '{weight.Name}' of one weight differ", "write the file again from its network");
        }

        if (state.FirstOrDefault(entry => !found.ContainsKey(entry.Tensor)) is { Tensor: { } missing })
            throw new DataException(source, $"lacks the weight '{missing.Name}'", Advice);
        return [.. found.Select(pair => (pair.Key, pair.Value.Values))];
    }

    // Bits rather than values, so that what is no number agrees with itself.
    private static bool Same(float[] a, float[] b) =>
        ReferenceEquals(a, b) || System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(a).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(b));
}
