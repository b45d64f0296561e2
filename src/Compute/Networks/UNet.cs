using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// nnU-Net's segmentation networks, plain and with a residual encoder, in 2D and 3D, built from the plans with nnU-Net's parameter names (spec 04).
/// Weights are float32. Tensors that are handed out belong to the caller. Used from one thread.
/// </summary>
public sealed class UNet : IDisposable
{
    private readonly IEncoder _encoder;
    private readonly UNetDecoder _decoder;
    private readonly StateEntry[] _state;
    private readonly StateTensor[] _tensors;
    private (string Name, Tensor Value)[] _parameters = [];

    private UNet(ArchitectureSpec spec, int inputChannels, int heads, ulong seed)
    {
        (Spec, InputChannels, Heads) = (spec, inputChannels, heads);
        ArchitectureCheck.Check(spec, inputChannels, heads);
        _encoder = spec.Residual ? new ResidualEncoder(spec, inputChannels) : new PlainConvEncoder(spec, inputChannels);
        _decoder = new UNetDecoder(spec, heads);

        // nnU-Net's decoder registers the encoder as its own child, before its stages: every entry of the encoder comes twice (spec 04, trap 3).
        _state = [.. _encoder.State("encoder"), .. _encoder.State("decoder.encoder"), .. _decoder.State()];
        _tensors = [.. _state.Select(entry => entry.Tensor).Distinct()];
        StateNames = [.. _state.Select(entry => (entry.Name, entry.Tensor.Name))];
        foreach (var tensor in _tensors) tensor.Initialise(seed);
        ListParameters();
    }

    /// <summary>What it was built from.</summary>
    public ArchitectureSpec Spec { get; }

    /// <summary>Image channels, and in a cascade one more for each foreground label.</summary>
    public int InputChannels { get; }

    /// <summary>Output channels.</summary>
    public int Heads { get; }

    /// <summary>Whether dropout drops and batch norm learns its statistics. Nothing changes for networks that have neither, as nnU-Net plans them.</summary>
    public bool Training { get; set; }

    /// <summary>What convolutions compute in. Weights and logits are float32 whichever it is.</summary>
    public Precision Precision { get; set; }

    /// <summary>Unique parameters under their first state-dict name, in nnU-Net's optimiser order. They stay this network's.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters => _parameters;

    /// <summary>Every name of nnU-Net's state dict in its order, with the first name of the tensor that it stands for.</summary>
    public IReadOnlyList<(string Name, string Canonical)> StateNames { get; }

    /// <summary>
    /// Builds the network of a configuration; weights are He-normal, each a function of <paramref name="seed"/> and its name (spec 04 section 6).
    /// </summary>
    /// <param name="spec">Of the plans.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="heads">Classes or regions.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <exception cref="DataException">The architecture is not one that can be built.</exception>
    public static UNet Build(ArchitectureSpec spec, int inputChannels, int heads, ulong seed) => new(spec, inputChannels, heads, seed);

    /// <summary>Full-resolution logits (batch, heads, patch...) of an input (batch, channels, patch...).</summary>
    /// <exception cref="ArgumentException">The input does not fit the network.</exception>
    public Tensor Forward(Tensor input) => Run(input, everyStage: false)[0];

    /// <summary>Logits of every decoder stage, full resolution first.</summary>
    /// <exception cref="ArgumentException">The input does not fit the network.</exception>
    public IReadOnlyList<Tensor> ForwardAll(Tensor input) => Run(input, everyStage: true);

    /// <summary>Replaces the weights; names may be canonical ones or aliases, with or without <c>module.</c> and <c>_orig_mod.</c> in front.</summary>
    /// <param name="weights">In any order.</param>
    /// <param name="source">The file they are from, for messages.</param>
    /// <exception cref="DataException">One is missing, unknown, has another shape, or its aliases disagree; nothing is replaced then.</exception>
    public void Load(IReadOnlyList<NamedTensor> weights, string source)
    {
        foreach (var (tensor, values) in StateDict.Match(weights, _state, source)) HostTensor.Write(tensor.Value, values);
    }

    /// <summary>Copies the state to the host, each tensor once in the order of its first name: parameters and, with batch norm, its statistics.</summary>
    public IReadOnlyList<NamedTensor> Save() => [.. _tensors.Select(t => HostTensor.Read(t.Name, t.Value))];

    /// <summary>Moves the weights to <c>cpu</c> or <c>cuda</c>; gradients are lost. Tensors taken from <see cref="Parameters"/> before must not be used any more.</summary>
    public void To(string target)
    {
        var device = new Device(target);
        foreach (var tensor in _tensors) tensor.To(device);
        ListParameters();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }

    private Tensor[] Run(Tensor input, bool everyStage)
    {
        CheckInput(input.shape);
        using var scope = NewDisposeScope();
        using var casting = Autocast.Enter(Precision, input.device_type);
        var logits = _decoder.Forward(_encoder.Forward(input, Training), everyStage, Training);
        // Softmax, logarithms and sums over a whole patch are taken of them: bf16 has three digits.
        return [.. logits.Select(output => output.to(ScalarType.Float32).MoveToOuterDisposeScope())];
    }

    // Otherwise what is upsampled is larger than the skip that it is joined with, which torch says in its own words.
    private void CheckInput(long[] shape)
    {
        var axes = Spec.Dimensions;
        if (shape.Length != axes + 2 || shape[1] != InputChannels)
            throw new ArgumentException($"the network takes (batch, {InputChannels} channels, {axes} axes) and was given ({string.Join(", ", shape)})", nameof(shape));
        var total = Enumerable.Range(0, axes).Select(axis => Spec.Strides.Aggregate(1L, (product, stride) => product * stride[axis])).ToArray();
        if (total.Where((stride, axis) => shape[axis + 2] == 0 || shape[axis + 2] % stride != 0).Any())
            throw new ArgumentException($"({string.Join(", ", shape[2..])}) voxels are no multiple of the network's stride ({string.Join(", ", total)})", nameof(shape));
    }

    private void ListParameters() => _parameters = [.. _tensors.Where(t => t.Trained).Select(t => (t.Name, t.Value))];
}
