using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>A transformer block: attention, then a perceptron, each behind a norm and added to what came in by a learnt factor for each number.</summary>
internal sealed class EvaBlock
{
    private readonly string _path;
    private readonly double _dropPath;
    private readonly StateTensor? _attentionScale, _perceptronScale;
    private readonly LayerNorm _attentionNorm, _perceptronNorm;
    private readonly Attention _attention;
    private readonly SwiGlu _perceptron;

    /// <param name="path">Module path, such as <c>eva.blocks.0</c>.</param>
    /// <param name="index">Of the block, from 0: later ones start smaller and are left out more often.</param>
    /// <param name="spec">Of the network.</param>
    public EvaBlock(string path, int index, PrimusSpec spec)
    {
        (_path, _dropPath) = (path, spec.Depth == 1 ? 0 : spec.DropPath * index / (spec.Depth - 1));
        var deviation = Linear.Deviation / Math.Sqrt(2.0 * (index + 1));
        (_attentionScale, _perceptronScale) = (Scale("gamma_1"), Scale("gamma_2"));
        (_attentionNorm, _perceptronNorm) = (new LayerNorm($"{path}.norm1", spec.Width), new LayerNorm($"{path}.norm2", spec.Width));
        (_attention, _perceptron) = (new Attention($"{path}.attn", spec, deviation), new SwiGlu($"{path}.mlp", spec.Width, deviation));

        StateTensor? Scale(string name) => spec.BranchScale is { } start ? new StateTensor($"{path}.{name}", [spec.Width], Start.Constant(start)) : null;
    }

    /// <summary>Entries in the reference's order.</summary>
    public IEnumerable<StateEntry> State =>
    [
        .. new[] { _attentionScale, _perceptronScale }.OfType<StateTensor>().Select(tensor => new StateEntry(tensor.Name, tensor)),
        .. _attentionNorm.State, .. _attention.State, .. _perceptronNorm.State, .. _perceptron.State,
    ];

    /// <summary>A new tensor (batch, tokens, width); the input stays the caller's.</summary>
    public Tensor Forward(Tensor tokens, RotaryEmbedding rotary, BatchKey? training)
    {
        using var scope = NewDisposeScope();
        var between = Add(tokens, _attention.Forward(_attentionNorm.Forward(tokens), rotary), _attentionScale, "drop_path1", training);
        return Add(between, _perceptron.Forward(_perceptronNorm.Forward(between)), _perceptronScale, "drop_path2", training).MoveToOuterDisposeScope();
    }

    private Tensor Add(Tensor tokens, Tensor branch, StateTensor? scale, string layer, BatchKey? training)
    {
        // In the precision of the factors: in half of it, what is kept would be multiplied by something else.
        var scaled = scale is null ? branch : branch.mul(scale.Value);
        if (_dropPath > 0 && training is { } key) Drops.Apply(scaled, 1, _dropPath, key, $"{_path}.{layer}");
        return tokens.add(scaled);
    }
}
