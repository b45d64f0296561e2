using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>Convolution, dropout where there is one, normalisation, leaky ReLU (spec 04 section 1).</summary>
internal sealed class ConvBlock
{
    private readonly ArchitectureSpec _spec;
    private readonly string _path;
    private readonly Convolution _convolution;
    private readonly Norm? _norm;
    private readonly double _dropout;
    private readonly bool _activate;

    /// <param name="path">Module path, such as <c>encoder.stages.0.0.convs.0</c>.</param>
    /// <param name="channels">In and out.</param>
    /// <param name="kernel">One odd number an axis.</param>
    /// <param name="stride">One number an axis.</param>
    /// <param name="spec">Bias, dropout, normalisation.</param>
    /// <param name="role">What a residual block asks of it.</param>
    /// <param name="scale">How the norm's weight starts: at one when left out.</param>
    public ConvBlock(
        string path, (int In, int Out) channels, long[] kernel, long[] stride, ArchitectureSpec spec, BlockRole role = BlockRole.Plain, Start? scale = null)
    {
        (_spec, _path) = (spec, path);
        _convolution = new Convolution($"{path}.conv", channels, kernel, stride, spec.ConvBias && role != BlockRole.Projection);
        if (spec.Norm != NormKind.None) _norm = new Norm($"{path}.norm", channels.Out, spec, scale ?? Start.One);
        _dropout = role == BlockRole.Plain ? spec.DropoutRate : 0;
        _activate = role == BlockRole.Plain;
    }

    /// <summary>A new tensor; the input stays the caller's.</summary>
    public Tensor Forward(Tensor input, BatchKey? training)
    {
        var x = _convolution.Forward(input);
        if (_dropout > 0 && training is { } key) Drops.Apply(x, x.shape[1], _dropout, key, _path);
        if (_norm is not null) x = Replace(x, _norm.Forward(x, training is not null));
        // In place: the norm's backward needs its input, and the ReLU's only its own result.
        return _activate ? nn.functional.leaky_relu(x, _spec.LeakySlope, inplace: true) : x;
    }

    /// <summary>Entries below <paramref name="path"/> in nnU-Net's order: by name, then again by position in the sequence that runs them.</summary>
    public IEnumerable<StateEntry> State(string path)
    {
        // Dropout has no tensors and takes a position (spec 04, trap 12).
        var second = _dropout > 0 ? 2 : 1;
        return Named("conv", "norm").Concat(Named("all_modules.0", $"all_modules.{second}"));

        IEnumerable<StateEntry> Named(string convolution, string norm) =>
            _convolution.State($"{path}.{convolution}").Concat((_norm?.State ?? []).Select(part => new StateEntry($"{path}.{norm}.{part.Name}", part.Tensor)));
    }

    private static Tensor Replace(Tensor before, Tensor after)
    {
        before.Dispose();
        return after;
    }
}

/// <summary>What a block is within a residual block.</summary>
internal enum BlockRole
{
    /// <summary>Everything the architecture asks for.</summary>
    Plain,

    /// <summary>The last convolution: no dropout, no ReLU.</summary>
    EndOfResidual,

    /// <summary>The way around: no bias, no dropout, no ReLU.</summary>
    Projection,
}
