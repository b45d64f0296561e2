using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>Makes tokens of an image.</summary>
internal interface IPatchEmbedding
{
    /// <summary>Entries in the reference's order.</summary>
    IEnumerable<StateEntry> State { get; }

    /// <summary>A new tensor (batch, width, grid...) of an input (batch, channels, patch...), which stays the caller's.</summary>
    Tensor Forward(Tensor input, BatchKey? training);
}

/// <summary>One convolution whose kernel is its stride (version 1).</summary>
internal sealed class PatchEmbedding(string path, int inputChannels, int width) : IPatchEmbedding
{
    private static readonly long[] Token = [PrimusSpec.TokenSize, PrimusSpec.TokenSize, PrimusSpec.TokenSize];

    private readonly Convolution _projection = new($"{path}.proj", (inputChannels, width), Token, Token, hasBias: true, padded: false);

    public IEnumerable<StateEntry> State => _projection.State($"{path}.proj");

    public Tensor Forward(Tensor input, BatchKey? training) => _projection.Forward(input);
}

/// <summary>
/// Residual blocks at the full resolution and at each of three halvings, then a projection (version 2); in version 3 all resolutions but the last have a
/// projection of their own to the tokens as well, whose factor starts next to nothing.
/// </summary>
internal sealed class DeepPatchEmbedding : IPatchEmbedding
{
    private const double FirstScale = 1e-5;

    private readonly string _path;
    private readonly ResidualBlock[] _levels;
    private readonly Convolution _projection;
    private readonly Convolution[] _skips = [];
    private readonly StateTensor[] _scales = [];

    /// <param name="path">Module path.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="spec">Version and widths.</param>
    public DeepPatchEmbedding(string path, int inputChannels, PrimusSpec spec)
    {
        _path = path;
        var (one, two, three) = (Operators.Ones(3), (long[])[2, 2, 2], (long[])[3, 3, 3]);
        var widths = spec.Widths;
        _levels = [.. widths.Select((width, level) => new ResidualBlock(
            Level(level), (level == 0 ? inputChannels : widths[level - 1], width), three, level == 0 ? one : two, Blocks(spec, bias: level == 0), startsAsSkip: false))];
        _projection = new Convolution($"{path}.final_proj", (widths[^1], spec.Width), one, one, hasBias: true);
        if (spec.Version == PrimusVersion.V2) return;
        _skips = [.. widths.SkipLast(1).Select((width, level) => Skip(level, width, spec.Width, PrimusSpec.TokenSize >> level))];
        _scales = [.. _skips.Select((_, level) => new StateTensor($"{path}.scale_proj_to_tokens.{level}", [], Start.Constant(FirstScale)))];
    }

    public IEnumerable<StateEntry> State =>
    [
        .. _levels.SelectMany((block, level) => block.State(Level(level))),
        .. _projection.State($"{_path}.final_proj"),
        .. _skips.SelectMany((skip, level) => skip.State($"{_path}.proj_to_tokens.{level}")),
        .. _scales.Select(scale => new StateEntry(scale.Name, scale)),
    ];

    public Tensor Forward(Tensor input, BatchKey? training)
    {
        using var scope = NewDisposeScope();
        Tensor? skipped = null;
        var x = input;
        for (var level = 0; level < _levels.Length; level++)
        {
            var below = _levels[level].Forward(x, training);
            if (level > 0) x.Dispose();
            x = below;
            if (level >= _skips.Length) continue;
            var skip = _skips[level].Forward(x).mul(_scales[level].Value);
            skipped = skipped is null ? skip : skipped.add(skip);
        }

        var tokens = _projection.Forward(x);
        return (skipped is null ? tokens : tokens.add(skipped)).MoveToOuterDisposeScope();
    }

    // With a bias in the stem alone. In version 2 the activation is the plain ReLU.
    private static ArchitectureSpec Blocks(PrimusSpec spec, bool bias) => new()
    {
        NetworkClassName = nameof(Primus),
        Dimensions = 3,
        FeaturesPerStage = spec.Widths,
        KernelSizes = [.. spec.Widths.Select(_ => (int[])[3, 3, 3])],
        Strides = [.. spec.Widths.Select((_, level) => level == 0 ? (int[])[1, 1, 1] : [2, 2, 2])],
        EncoderCounts = [.. spec.Widths.Select(_ => 1)],
        DecoderCounts = [],
        ConvBias = bias,
        LeakySlope = spec.Version == PrimusVersion.V2 ? 0 : 0.01,
    };

    private Convolution Skip(int level, int features, int width, long size) =>
        new($"{_path}.proj_to_tokens.{level}", (features, width), [size, size, size], [size, size, size], hasBias: true, padded: false);

    private string Level(int level) => level == 0 ? $"{_path}.stem.blocks.0" : $"{_path}.stages.{level - 1}.blocks.0";
}
