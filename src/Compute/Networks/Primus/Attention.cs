using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>Self-attention over tokens with a rotary embedding; keys have no bias, which would change nothing.</summary>
internal sealed class Attention
{
    private readonly int _heads;
    private readonly Linear _query, _key, _value, _projection;
    private readonly LayerNorm? _norm;

    /// <param name="path">Module path, such as <c>eva.blocks.0.attn</c>.</param>
    /// <param name="spec">Width and heads.</param>
    /// <param name="deviation">Of the last layer's first weights.</param>
    public Attention(string path, PrimusSpec spec, double deviation)
    {
        var square = (spec.Width, spec.Width);
        _heads = spec.AttentionHeads;
        (_query, _key, _value) = (new Linear($"{path}.q_proj", square), new Linear($"{path}.k_proj", square, hasBias: false), new Linear($"{path}.v_proj", square));
        if (spec.InnerNorm) _norm = new LayerNorm($"{path}.norm", spec.Width);
        _projection = new Linear($"{path}.proj", square, deviation: deviation);
    }

    /// <summary>Entries in the reference's order.</summary>
    public IEnumerable<StateEntry> State => [.. _query.State, .. _key.State, .. _value.State, .. _norm?.State ?? [], .. _projection.State];

    /// <summary>A new tensor (batch, tokens, width); the input stays the caller's.</summary>
    public Tensor Forward(Tensor tokens, RotaryEmbedding rotary)
    {
        using var scope = NewDisposeScope();
        // Torch's own fused attention: the matrix of tokens by tokens is never there as a whole.
        var x = nn.functional.scaled_dot_product_attention(rotary.Apply(Heads(_query)), rotary.Apply(Heads(_key)), Heads(_value));
        x = x.transpose(1, 2).reshape(tokens.shape);
        return _projection.Forward(_norm?.Forward(x) ?? x).MoveToOuterDisposeScope();

        Tensor Heads(Linear layer) => layer.Forward(tokens).reshape(tokens.shape[0], tokens.shape[1], _heads, -1).transpose(1, 2);
    }
}
