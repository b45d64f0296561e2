using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// nnU-Net's segmentation networks, plain and with a residual encoder, in 2D and 3D, built from the plans with nnU-Net's parameter names (spec 04).
/// </summary>
public sealed class UNet : ISegmentationNetwork
{
    private readonly IEncoder _encoder;
    private readonly UNetDecoder _decoder;
    private readonly NetworkState _state;
    private readonly bool _deepSupervision;

    private UNet(ArchitectureSpec spec, int inputChannels, int heads, ulong seed, bool deepSupervision)
    {
        (Spec, InputChannels, Heads, _deepSupervision) = (spec, inputChannels, heads, deepSupervision);
        ArchitectureCheck.Check(spec, inputChannels, heads);
        _encoder = spec.Residual ? new ResidualEncoder(spec, inputChannels) : new PlainConvEncoder(spec, inputChannels);
        _decoder = new UNetDecoder(spec, heads);

        // nnU-Net's decoder registers the encoder as its own child, before its stages: every entry of the encoder comes twice (spec 04, trap 3).
        _state = new NetworkState([.. _encoder.State("encoder"), .. _encoder.State("decoder.encoder"), .. _decoder.State()], seed);
    }

    /// <summary>What it was built from.</summary>
    public ArchitectureSpec Spec { get; }

    /// <inheritdoc/>
    public int InputChannels { get; }

    /// <inheritdoc/>
    public int Heads { get; }

    /// <inheritdoc/>
    public int Outputs => _deepSupervision ? Spec.Stages - 1 : 1;

    /// <inheritdoc/>
    public Precision Precision { get; set; }

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

    /// <summary>
    /// Builds the network of a configuration; weights are He-normal, each a function of <paramref name="seed"/> and its name (spec 04 section 6).
    /// </summary>
    /// <param name="spec">Of the plans.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="heads">Classes or regions.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <param name="deepSupervision">Whether every decoder stage is an output, or the last alone; it has the same weights either way.</param>
    /// <exception cref="DataException">The architecture is not one that can be built.</exception>
    public static UNet Build(ArchitectureSpec spec, int inputChannels, int heads, ulong seed, bool deepSupervision = true) =>
        new(spec, inputChannels, heads, seed, deepSupervision);

    /// <inheritdoc/>
    // Otherwise what is upsampled is larger than the skip that it is joined with, which torch says in its own words.
    public string? Mismatch(IReadOnlyList<long> patch)
    {
        var axes = Spec.Dimensions;
        if (patch.Count != axes) return $"are {patch.Count} numbers where the network has {axes} axes";
        var total = Enumerable.Range(0, axes).Select(axis => Spec.Strides.Aggregate(1L, (product, stride) => product * stride[axis])).ToArray();
        return total.Where((stride, axis) => patch[axis] < 1 || patch[axis] % stride != 0).Any()
            ? $"are no multiple of the network's stride ({string.Join(", ", total)})"
            : null;
    }

    /// <inheritdoc/>
    public Tensor Forward(Tensor input) => Run(input, everyStage: false)[0];

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> ForwardAll(Tensor input) => Run(input, _deepSupervision);

    /// <inheritdoc/>
    public void Load(IReadOnlyList<NamedTensor> weights, string source) => _state.Load(weights, source);

    /// <inheritdoc/>
    public PretrainedSelection LoadPretrained(CheckpointWeights weights, string source) => _state.LoadPretrained(weights, source);

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Save(WarmArrays? arrays = null) => _state.Save(arrays);

    /// <inheritdoc/>
    public void To(string target) => _state.To(new Device(target));

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    private Tensor[] Run(Tensor input, bool everyStage)
    {
        Operators.CheckInput(this, input.shape);
        using var scope = NewDisposeScope();
        using var casting = Autocast.Enter(Precision, input.device_type);
        var pass = Pass.Begin(this);
        var logits = _decoder.Forward(_encoder.Forward(input, pass), everyStage, pass);
        // Softmax, logarithms and sums over a whole patch are taken of them: bf16 has three digits.
        return [.. logits.Select(output => output.to(ScalarType.Float32).MoveToOuterDisposeScope())];
    }
}
