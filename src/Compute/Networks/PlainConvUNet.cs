using ActorSeg.Compute.Planning;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ActorSeg.Compute.Networks;

/// <summary>nnU-Net's plain convolutional U-Net in 2D or 3D (spec 04 sections 1, 2 and 4).</summary>
public sealed class PlainConvUNet : UNet
{
    // torch's own for LeakyReLU; nnU-Net's plans leave it so.
    private const double LeakySlope = 0.01;

    // Of running statistics, which are not kept: the call wants a number.
    private const double NormMomentum = 0.1;

    private readonly List<(string Name, string Canonical)> _stateNames = [];

    internal PlainConvUNet(ArchitectureSpec spec, int inputChannels, int heads, ulong seed) : base(spec, inputChannels, heads)
    {
        ArchitectureCheck.Plain(spec, inputChannels, heads);
        var features = spec.FeaturesPerStage;
        var top = spec.Stages - 2;
        for (var s = 0; s < spec.Stages; s++)
            for (var i = 0; i < spec.EncoderCounts[s]; i++)
                AddBlock(EncoderBlock(s, i), i > 0 ? features[s] : s > 0 ? features[s - 1] : inputChannels, features[s], spec.KernelSizes[s], seed);
        for (var d = 0; d <= top; d++)
            for (var i = 0; i < spec.DecoderCounts[d]; i++)
                AddBlock(DecoderBlock(d, i), i > 0 ? features[top - d] : 2 * features[top - d], features[top - d], spec.KernelSizes[top - d], seed);
        for (var d = 0; d <= top; d++)
        {
            // A transposed convolution's weight is (in, out, kernel...), so its fan-in counts output channels.
            var (from, to, kernel) = (features[top - d + 1], features[top - d], spec.Strides[top - d + 1]);
            AddConv($"decoder.transpconvs.{d}", [from, to, .. Longs(kernel)], to, spec.ConvBias, seed);
        }

        for (var d = 0; d <= top; d++)
            AddConv($"decoder.seg_layers.{d}", [heads, features[top - d], .. Enumerable.Repeat(1L, spec.Dimensions)], heads, bias: true, seed);
        NameState();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, string Canonical)> StateNames => _stateNames;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Decode(Encode(input), deepSupervision: false)[0].MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> ForwardAll(Tensor input)
    {
        using var scope = NewDisposeScope();
        return [.. Decode(Encode(input), deepSupervision: true).Select(t => t.MoveToOuterDisposeScope())];
    }

    private static string EncoderBlock(int stage, int conv) => $"encoder.stages.{stage}.0.convs.{conv}";

    private static string DecoderBlock(int stage, int conv) => $"decoder.stages.{stage}.convs.{conv}";

    private static long[] Longs(IReadOnlyList<int> values) => [.. values.Select(v => (long)v)];

    // Stage outputs, full resolution first.
    private List<Tensor> Encode(Tensor input)
    {
        var skips = new List<Tensor>();
        for (var s = 0; s < Spec.Stages; s++)
            skips.Add(Blocks(s > 0 ? skips[^1] : input, EncoderBlock, s, Spec.EncoderCounts[s], Spec.KernelSizes[s], Spec.Strides[s]));
        return skips;
    }

    // Segmentation outputs, full resolution first; without deep supervision only that one is computed. What is not needed any more is let go of at once:
    // autograd keeps what it needs itself, and prediction then holds a few full-resolution tensors rather than all of them.
    private List<Tensor> Decode(List<Tensor> skips, bool deepSupervision)
    {
        var outputs = new List<Tensor>();
        var top = Spec.Stages - 2;
        var x = skips[^1];
        for (var d = 0; d <= top; d++)
        {
            using var below = x;
            using var skip = skips[top - d];
            using var joined = Join(below, skip, d);
            x = Blocks(joined, DecoderBlock, d, Spec.DecoderCounts[d], Spec.KernelSizes[top - d], null);
            if (deepSupervision || d == top) outputs.Insert(0, Convolve(x, $"decoder.seg_layers.{d}", hasBias: true, null, null));
        }

        x.Dispose();
        return outputs;
    }

    // The upsampled tensor first, then the skip: the other way round loads as well and gives nonsense.
    private Tensor Join(Tensor below, Tensor skip, int d)
    {
        var stride = Longs(Spec.Strides[Spec.Stages - 1 - d]);
        var weight = this[$"decoder.transpconvs.{d}.weight"];
        var bias = Spec.ConvBias ? this[$"decoder.transpconvs.{d}.bias"] : null;
        using var up = Spec.Dimensions == 3
            ? functional.conv_transpose3d(below, weight, bias, strides: stride)
            : functional.conv_transpose2d(below, weight, bias, strides: stride);
        return cat([up, skip], 1);
    }

    // The blocks of one stage, of which the first has the stride. Leaves the input alone.
    private Tensor Blocks(Tensor input, Func<int, int, string> name, int stage, int count, IReadOnlyList<int> kernel, IReadOnlyList<int>? stride)
    {
        var x = Block(input, name(stage, 0), kernel, stride);
        for (var i = 1; i < count; i++)
        {
            using var before = x;
            x = Block(before, name(stage, i), kernel, null);
        }

        return x;
    }

    // Convolution, instance norm, leaky ReLU.
    private Tensor Block(Tensor x, string name, IReadOnlyList<int> kernel, IReadOnlyList<int>? stride)
    {
        var (weight, bias) = Spec.NormAffine ? (this[$"{name}.norm.weight"], this[$"{name}.norm.bias"]) : (null, null);
        using var convolved = Convolve(x, $"{name}.conv", Spec.ConvBias, kernel, stride);
        using var normalised = functional.instance_norm(convolved, null, null, weight, bias, use_input_stats: true, momentum: NormMomentum, eps: Spec.NormEps);
        return functional.leaky_relu(normalised, LeakySlope, inplace: true);
    }

    private Tensor Convolve(Tensor x, string name, bool hasBias, IReadOnlyList<int>? kernel, IReadOnlyList<int>? stride)
    {
        var padding = kernel is null ? null : kernel.Select(k => (k - 1L) / 2).ToArray();
        var strides = stride is null ? null : Longs(stride);
        var bias = hasBias ? this[$"{name}.bias"] : null;
        return Spec.Dimensions == 3
            ? functional.conv3d(x, this[$"{name}.weight"], bias, strides: strides, padding: padding)
            : functional.conv2d(x, this[$"{name}.weight"], bias, strides: strides, padding: padding);
    }

    private void AddBlock(string name, int from, int to, IReadOnlyList<int> kernel, ulong seed)
    {
        AddConv($"{name}.conv", [to, from, .. Longs(kernel)], to, Spec.ConvBias, seed);
        if (!Spec.NormAffine) return;
        var ones = new float[to];
        Array.Fill(ones, 1f);
        Add($"{name}.norm.weight", ones, to);
        Add($"{name}.norm.bias", new float[to], to);
    }

    private void AddConv(string name, long[] shape, int outputs, bool bias, ulong seed)
    {
        var count = shape.Aggregate(1L, (a, b) => checked(a * b));
        Add($"{name}.weight", HeNormal.Draw(seed, name, count, count / shape[0]), shape);
        if (bias) Add($"{name}.bias", new float[outputs], outputs);
    }

    // A block's tensors appear twice in its own module (conv and norm, then all_modules), the encoder a second time inside the decoder (spec 04 section 2.3).
    private void NameState()
    {
        foreach (var prefix in (string[])["", "decoder."])
            for (var s = 0; s < Spec.Stages; s++)
                for (var i = 0; i < Spec.EncoderCounts[s]; i++)
                    NameBlock(prefix + EncoderBlock(s, i), EncoderBlock(s, i));
        for (var d = 0; d < Spec.Stages - 1; d++)
            for (var i = 0; i < Spec.DecoderCounts[d]; i++)
                NameBlock(DecoderBlock(d, i), DecoderBlock(d, i));
        foreach (var kind in (string[])["transpconvs", "seg_layers"])
            for (var d = 0; d < Spec.Stages - 1; d++)
                NameLeaf($"decoder.{kind}.{d}", $"decoder.{kind}.{d}", kind == "seg_layers" || Spec.ConvBias);
    }

    private void NameBlock(string name, string canonical)
    {
        foreach (var (conv, norm) in ((string, string)[])[("conv", "norm"), ("all_modules.0", "all_modules.1")])
        {
            NameLeaf($"{name}.{conv}", $"{canonical}.conv", Spec.ConvBias);
            if (Spec.NormAffine) NameLeaf($"{name}.{norm}", $"{canonical}.norm", hasBias: true);
        }
    }

    private void NameLeaf(string name, string canonical, bool hasBias)
    {
        _stateNames.Add(($"{name}.weight", $"{canonical}.weight"));
        if (hasBias) _stateNames.Add(($"{name}.bias", $"{canonical}.bias"));
    }
}
