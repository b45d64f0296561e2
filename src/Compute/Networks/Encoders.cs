using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>The contracting half of a U-Net.</summary>
internal interface IEncoder
{
    /// <summary>One new tensor a stage, full resolution first; the last is the bottleneck. The input stays the caller's.</summary>
    Tensor[] Forward(Tensor input, Pass pass);

    /// <summary>Entries below <paramref name="path"/> in nnU-Net's order.</summary>
    IEnumerable<StateEntry> State(string path);
}

/// <summary>Stages of convolution blocks, each begun by a strided one (spec 04 section 2.2).</summary>
internal sealed class PlainConvEncoder : IEncoder
{
    private readonly ConvStack[] _stages;

    public PlainConvEncoder(ArchitectureSpec spec, int inputChannels) =>
        _stages =
        [
            .. Enumerable.Range(0, spec.Stages).Select(s => new ConvStack(
                Path("encoder", s), spec.EncoderCounts[s], (s == 0 ? inputChannels : spec.FeaturesPerStage[s - 1], spec.FeaturesPerStage[s]),
                Operators.Longs(spec.KernelSizes[s]), Operators.Longs(spec.Strides[s]), spec)),
        ];

    public Tensor[] Forward(Tensor input, Pass pass)
    {
        var outputs = new Tensor[_stages.Length];
        for (var s = 0; s < outputs.Length; s++)
        {
            var stage = _stages[s];
            outputs[s] = pass.Run(stage.State(""), [s == 0 ? input : outputs[s - 1]], inputs => stage.Forward(inputs[0], pass.Training));
        }

        return outputs;
    }

    public IEnumerable<StateEntry> State(string path) => _stages.SelectMany((stage, s) => stage.State(Path(path, s)));

    // nnU-Net wraps each stage in a sequence of one: hence the second number.
    private static string Path(string root, int stage) => $"{root}.stages.{stage}.0";
}

/// <summary>A stem and stages of residual blocks, each begun by a strided one (spec 04 section 3.2).</summary>
internal sealed class ResidualEncoder : IEncoder
{
    private readonly ConvStack _stem;
    private readonly ResidualBlock[][] _stages;

    public ResidualEncoder(ArchitectureSpec spec, int inputChannels)
    {
        var one = Operators.Ones(spec.Dimensions);
        var width = spec.StemChannels ?? spec.FeaturesPerStage[0];
        _stem = new ConvStack("encoder.stem", 1, (inputChannels, width), Operators.Longs(spec.KernelSizes[0]), one, spec);
        _stages = [.. Enumerable.Range(0, spec.Stages).Select(Stage)];

        ResidualBlock[] Stage(int s)
        {
            var (kernel, stride) = (Operators.Longs(spec.KernelSizes[s]), Operators.Longs(spec.Strides[s]));
            var (before, features) = (s == 0 ? width : spec.FeaturesPerStage[s - 1], spec.FeaturesPerStage[s]);
            return
            [
                .. Enumerable.Range(0, spec.EncoderCounts[s]).Select(b =>
                    new ResidualBlock(Path("encoder", s, b), (b == 0 ? before : features, features), kernel, b == 0 ? stride : one, spec)),
            ];
        }
    }

    public Tensor[] Forward(Tensor input, Pass pass)
    {
        using var stem = pass.Run(_stem.State(""), [input], inputs => _stem.Forward(inputs[0], pass.Training));
        var outputs = new Tensor[_stages.Length];
        for (var s = 0; s < outputs.Length; s++)
        {
            var blocks = _stages[s];
            outputs[s] = pass.Run(
                blocks.SelectMany(block => block.State("")), [s == 0 ? stem : outputs[s - 1]],
                inputs => Operators.Chain(blocks, inputs[0], (block, x) => block.Forward(x, pass.Training)));
        }

        return outputs;
    }

    public IEnumerable<StateEntry> State(string path) =>
        _stem.State($"{path}.stem").Concat(_stages.SelectMany((blocks, s) => blocks.SelectMany((block, b) => block.State(Path(path, s, b)))));

    private static string Path(string root, int stage, int block) => $"{root}.stages.{stage}.blocks.{block}";
}
