using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>Convolution blocks in a row, of which the first alone changes width and resolution.</summary>
internal sealed class ConvStack
{
    private readonly ConvBlock[] _blocks;

    /// <param name="path">Module path of the stack, such as <c>decoder.stages.0</c>.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="channels">In and out.</param>
    /// <param name="kernel">Of every block.</param>
    /// <param name="stride">Of the first block.</param>
    /// <param name="spec">Bias, dropout, normalisation.</param>
    public ConvStack(string path, int count, (int In, int Out) channels, long[] kernel, long[] stride, ArchitectureSpec spec) =>
        _blocks =
        [
            new ConvBlock($"{path}.convs.0", channels, kernel, stride, spec),
            .. Enumerable.Range(1, count - 1).Select(i =>
                new ConvBlock($"{path}.convs.{i}", (channels.Out, channels.Out), kernel, Operators.Ones(kernel.Length), spec)),
        ];

    /// <summary>A new tensor; the input stays the caller's.</summary>
    public Tensor Forward(Tensor input, BatchKey? training) => Operators.Chain(_blocks, input, (block, x) => block.Forward(x, training));

    /// <summary>Entries below <paramref name="path"/> in nnU-Net's order.</summary>
    public IEnumerable<StateEntry> State(string path) => _blocks.SelectMany((block, i) => block.State($"{path}.convs.{i}"));
}
