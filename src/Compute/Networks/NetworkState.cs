using ActorSeg.Compute.Checkpoints;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>All tensors of a network under all their names, in the order of the reference's state dict. It owns them.</summary>
internal sealed class NetworkState : IDisposable
{
    private readonly StateEntry[] _entries;
    private readonly StateTensor[] _tensors;

    /// <param name="entries">The whole state dict.</param>
    /// <param name="seed">Of the first values.</param>
    public NetworkState(IEnumerable<StateEntry> entries, ulong seed)
    {
        _entries = [.. entries];
        _tensors = [.. _entries.Select(entry => entry.Tensor).Distinct()];
        Names = [.. _entries.Select(entry => (entry.Name, entry.Tensor.Name))];
        foreach (var tensor in _tensors) tensor.Initialise(seed);
        (Parameters, Buffers) = (List(trained: true), List(trained: false));
    }

    /// <summary>See <see cref="ISegmentationNetwork.StateNames"/>.</summary>
    public IReadOnlyList<(string Name, string Canonical)> Names { get; }

    /// <summary>See <see cref="ISegmentationNetwork.Parameters"/>.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; private set; }

    /// <summary>See <see cref="ISegmentationNetwork.Buffers"/>.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Buffers { get; private set; }

    /// <summary>See <see cref="ISegmentationNetwork.Load"/>.</summary>
    public void Load(IReadOnlyList<NamedTensor> weights, string source)
    {
        foreach (var (tensor, values) in StateDict.Match(weights, _entries, source)) HostTensor.Write(tensor.Value, values);
    }

    /// <summary>See <see cref="ISegmentationNetwork.LoadPretrained"/>.</summary>
    public PretrainedSelection LoadPretrained(CheckpointWeights weights, string source)
    {
        var selection = PretrainedWeights.Select([.. _tensors.Select(t => (t.Name, t.Shape))], weights, source);
        var tensors = _tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var taken in selection.Taken) HostTensor.Write(tensors[taken.Name].Value, taken.Values);
        return selection;
    }

    /// <summary>See <see cref="ISegmentationNetwork.Save"/>.</summary>
    public IReadOnlyList<NamedTensor> Save(WarmArrays? arrays) => [.. _tensors.Select(t => HostTensor.Read(t.Name, t.Value, arrays))];

    /// <summary>See <see cref="ISegmentationNetwork.To"/>.</summary>
    public void To(Device device)
    {
        foreach (var tensor in _tensors) tensor.To(device);
        (Parameters, Buffers) = (List(trained: true), List(trained: false));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }

    private (string, Tensor)[] List(bool trained) => [.. _tensors.Where(t => t.Trained == trained).Select(t => (t.Name, t.Value))];
}
