using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>A convolution over images (two axes) or volumes (three), padded with zeros so that stride 1 keeps the size, or not at all.</summary>
internal sealed class Convolution
{
    private readonly StateTensor _weight;
    private readonly StateTensor? _bias;
    private readonly long[] _stride, _padding;

    /// <param name="path">Module path, such as <c>decoder.seg_layers.0</c>.</param>
    /// <param name="channels">In and out.</param>
    /// <param name="kernel">One number an axis, odd where it is padded.</param>
    /// <param name="stride">One number an axis.</param>
    /// <param name="hasBias">Whether a number is added to each output channel.</param>
    /// <param name="padded">Without, what the kernel does not fit into is left out.</param>
    public Convolution(string path, (int In, int Out) channels, long[] kernel, long[] stride, bool hasBias, bool padded = true)
    {
        (_stride, _padding) = (stride, [.. kernel.Select(k => padded ? (k - 1) / 2 : 0)]);
        _weight = new StateTensor($"{path}.weight", [channels.Out, channels.In, .. kernel], Start.HeNormal);
        if (hasBias) _bias = new StateTensor($"{path}.bias", [channels.Out], Start.Zero);
    }

    /// <summary>A new tensor; the input stays the caller's.</summary>
    public Tensor Forward(Tensor input) => _stride.Length == 3
        ? nn.functional.conv3d(input, _weight.Value, _bias?.Value, strides: _stride, padding: _padding)
        : nn.functional.conv2d(input, _weight.Value, _bias?.Value, strides: _stride, padding: _padding);

    /// <summary>Weight and bias below <paramref name="path"/>.</summary>
    public IEnumerable<StateEntry> State(string path) => Operators.State(path, _weight, _bias);
}

/// <summary>A transposed convolution whose kernel is its stride: each value becomes a block of values.</summary>
internal sealed class Upsampling
{
    private readonly StateTensor _weight;
    private readonly StateTensor? _bias;
    private readonly long[] _stride;

    /// <param name="path">Module path, such as <c>decoder.transpconvs.0</c>.</param>
    /// <param name="channels">In and out; the weight has them in this order (spec 04 section 4).</param>
    /// <param name="stride">One number an axis.</param>
    /// <param name="hasBias">Whether a number is added to each output channel.</param>
    public Upsampling(string path, (int In, int Out) channels, long[] stride, bool hasBias)
    {
        _stride = stride;
        _weight = new StateTensor($"{path}.weight", [channels.In, channels.Out, .. stride], Start.HeNormal);
        if (hasBias) _bias = new StateTensor($"{path}.bias", [channels.Out], Start.Zero);
    }

    /// <summary>A new tensor; the input stays the caller's.</summary>
    /// <param name="input">(batch, channels, axes...).</param>
    /// <param name="training">Whether gradients are going to be wanted, now or when this is done again.</param>
    public Tensor Forward(Tensor input, bool training)
    {
        // oneDNN sums the gradient of a bf16 bias value by value, which takes longer than all else in this layer. Added by itself, it is a plain sum.
        if (_bias is null || input.dtype != ScalarType.BFloat16 || !training) return Transposed(input, _bias?.Value);
        var x = Transposed(input, null);
        using var bias = _bias.Value.view([-1, .. Operators.Ones(_stride.Length)]);
        return x.add_(bias);
    }

    private Tensor Transposed(Tensor input, Tensor? bias) => _stride.Length == 3
        ? nn.functional.conv_transpose3d(input, _weight.Value, bias, strides: _stride)
        : nn.functional.conv_transpose2d(input, _weight.Value, bias, strides: _stride);

    /// <summary>Weight and bias below <paramref name="path"/>.</summary>
    public IEnumerable<StateEntry> State(string path) => Operators.State(path, _weight, _bias);
}
