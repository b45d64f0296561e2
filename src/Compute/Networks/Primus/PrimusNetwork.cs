using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>
/// A transformer for volumes with the reference's parameter names (spec 04 section 10). It takes patches of the one size it was built for, and has a single
/// output at full resolution.
/// </summary>
public sealed class PrimusNetwork : ISegmentationNetwork
{
    private readonly IReadOnlyList<int> _patch;
    private readonly PrimusParts _parts;
    private readonly NetworkState _state;
    private readonly RotaryEmbedding _rotary;

    private PrimusNetwork(PrimusSpec spec, IReadOnlyList<int> patch, int inputChannels, int heads, ulong seed)
    {
        (Spec, InputChannels, Heads, _patch) = (spec, inputChannels, heads, [.. patch]);
        _parts = new PrimusParts(spec, patch, inputChannels, heads);
        _state = new NetworkState(_parts.State, seed);
        _rotary = new RotaryEmbedding(_parts.Grid, spec.Width / spec.AttentionHeads);
    }

    /// <summary>What it was built from.</summary>
    public PrimusSpec Spec { get; }

    /// <inheritdoc/>
    public int InputChannels { get; }

    /// <inheritdoc/>
    public int Heads { get; }

    /// <inheritdoc/>
    public int Outputs => 1;

    /// <inheritdoc/>
    public BatchKey? Training { get; set; }

    /// <inheritdoc/>
    public GradientCheckpointing? Checkpointing { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters => _state.Parameters;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Buffers => _state.Buffers;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Canonical)> StateNames => _state.Names;

    /// <summary>Builds a network; its first weights are each a function of <paramref name="seed"/> and their name.</summary>
    /// <param name="spec">Which one.</param>
    /// <param name="patch">Voxels of its input along three axes, multiples of 8.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="heads">Classes or regions.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <exception cref="DataException">It cannot be built.</exception>
    public static PrimusNetwork Build(PrimusSpec spec, IReadOnlyList<int> patch, int inputChannels, int heads, ulong seed) =>
        new(spec, patch, inputChannels, heads, seed);

    /// <inheritdoc/>
    public string? Mismatch(IReadOnlyList<long> patch) =>
        patch.SequenceEqual(Operators.Longs(_patch)) ? null : $"are not the ({string.Join(", ", _patch)}) that the network was built for";

    /// <inheritdoc/>
    public Precision Precision { get; set; }

    /// <inheritdoc/>
    public Tensor Forward(Tensor input)
    {
        Operators.CheckInput(this, input.shape);
        using var scope = NewDisposeScope();
        using var casting = Autocast.Enter(Precision, input.device_type);
        using var grid = _parts.Embedding.Forward(input, Training);
        using var row = grid.flatten(2).transpose(1, 2);
        using var tokens = _parts.Transformer.Forward(row.contiguous(), _rotary, Pass.Begin(this));
        return _parts.Decoder.Forward(tokens.transpose(1, 2).reshape(grid.shape)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> ForwardAll(Tensor input) => [Forward(input)];

    /// <inheritdoc/>
    public void Load(IReadOnlyList<NamedTensor> weights, string source) => _state.Load(weights, source);

    /// <inheritdoc/>
    public PretrainedSelection LoadPretrained(CheckpointWeights weights, string source) => _state.LoadPretrained(weights, source);

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Save(WarmArrays? arrays = null) => _state.Save(arrays);

    /// <inheritdoc/>
    public void To(string target)
    {
        _state.To(new Device(target));
        _rotary.To(new Device(target));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        _rotary.Dispose();
    }
}
