using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>Two convolution blocks and a way around them: nnU-Net's BasicBlockD (spec 04 section 3.3).</summary>
internal sealed class ResidualBlock
{
    private readonly ArchitectureSpec _spec;
    private readonly ConvBlock _first, _second;
    private readonly ConvBlock? _projection;
    private readonly long[]? _pool;

    /// <param name="path">Module path, such as <c>encoder.stages.0.blocks.0</c>.</param>
    /// <param name="channels">In and out.</param>
    /// <param name="kernel">One odd number an axis.</param>
    /// <param name="stride">Of the first convolution, and of the pooling on the way around.</param>
    /// <param name="spec">Bias, dropout, normalisation.</param>
    /// <param name="startsAsSkip">Whether its last norm starts at zero, so that the way around alone is left of it (spec 04 section 6).</param>
    public ResidualBlock(string path, (int In, int Out) channels, long[] kernel, long[] stride, ArchitectureSpec spec, bool startsAsSkip = true)
    {
        _spec = spec;
        var one = Operators.Ones(kernel.Length);
        _first = new ConvBlock($"{path}.conv1", channels, kernel, stride, spec);
        _second = new ConvBlock($"{path}.conv2", (channels.Out, channels.Out), kernel, one, spec, BlockRole.EndOfResidual, startsAsSkip ? Start.Zero : Start.One);
        if (stride.Any(s => s != 1)) _pool = stride;
        if (channels.In != channels.Out) _projection = new ConvBlock($"{path}.{Projection}", channels, one, one, spec, BlockRole.Projection);
    }

    // It comes second where a pooling comes first (spec 04, trap 5).
    private string Projection => _pool is null ? "skip.0" : "skip.1";

    /// <summary>A new tensor; the input stays the caller's.</summary>
    public Tensor Forward(Tensor input, BatchKey? training)
    {
        using var around = Around(input, training);
        using var between = _first.Forward(input, training);
        var x = _second.Forward(between, training);
        x.add_(around ?? input);
        return nn.functional.leaky_relu(x, _spec.LeakySlope, inplace: true);
    }

    /// <summary>Entries below <paramref name="path"/> in nnU-Net's order.</summary>
    public IEnumerable<StateEntry> State(string path) =>
        _first.State($"{path}.conv1").Concat(_second.State($"{path}.conv2")).Concat(_projection?.State($"{path}.{Projection}") ?? []);

    // A new tensor; null where the way around is the input itself.
    private Tensor? Around(Tensor input, BatchKey? training)
    {
        if (_pool is null) return _projection?.Forward(input, training);
        var pooled = _spec.Dimensions == 3 ? nn.functional.avg_pool3d(input, _pool, _pool) : nn.functional.avg_pool2d(input, _pool, _pool);
        if (_projection is null) return pooled;
        using (pooled) return _projection.Forward(pooled, training);
    }
}
