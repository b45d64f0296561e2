using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>The block's second half: two layers side by side, one of which opens and shuts the other, a norm, and a layer back.</summary>
internal sealed class SwiGlu
{
    // Four times the width, of which the gate takes a third (spec 04 section 10). In double and rounded down, as the reference does it.
    private const double Ratio = 4.0 * 2 / 3;

    private readonly Linear _gate, _content, _back;
    private readonly LayerNorm _norm;

    /// <param name="path">Module path, such as <c>eva.blocks.0.mlp</c>.</param>
    /// <param name="width">In and out.</param>
    /// <param name="deviation">Of the last layer's first weights.</param>
    public SwiGlu(string path, int width, double deviation)
    {
        var hidden = (int)(width * Ratio);
        (_gate, _content) = (new Linear($"{path}.fc1_g", (width, hidden)), new Linear($"{path}.fc1_x", (width, hidden)));
        _norm = new LayerNorm($"{path}.norm", hidden);
        _back = new Linear($"{path}.fc2", (hidden, width), deviation: deviation);
    }

    /// <summary>Entries in the reference's order.</summary>
    public IEnumerable<StateEntry> State => [.. _gate.State, .. _content.State, .. _norm.State, .. _back.State];

    /// <summary>A new tensor; the input stays the caller's.</summary>
    public Tensor Forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var open = nn.functional.silu(_gate.Forward(tokens));
        return _back.Forward(_norm.Forward(open.mul(_content.Forward(tokens)))).MoveToOuterDisposeScope();
    }
}
