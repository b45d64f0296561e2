using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>The transformer: a learnt vector for each place added to its token, the blocks, a norm.</summary>
internal sealed class Eva
{
    private readonly StateTensor _positions;
    private readonly EvaBlock[] _blocks;
    private readonly LayerNorm _norm;

    /// <param name="spec">Of the network.</param>
    /// <param name="grid">Tokens along each axis.</param>
    public Eva(PrimusSpec spec, IReadOnlyList<int> grid)
    {
        _positions = new StateTensor("eva.pos_embed", [1, grid.Aggregate(1L, (product, n) => checked(product * n)), spec.Width], Start.Normal(Linear.Deviation));
        _blocks = [.. Enumerable.Range(0, spec.Depth).Select(i => new EvaBlock($"eva.blocks.{i}", i, spec))];
        _norm = new LayerNorm("eva.norm", spec.Width);
    }

    /// <summary>Entries in the reference's order.</summary>
    public IEnumerable<StateEntry> State => [new StateEntry(_positions.Name, _positions), .. _blocks.SelectMany(block => block.State), .. _norm.State];

    /// <summary>A new tensor (batch, tokens, width); the input stays the caller's.</summary>
    public Tensor Forward(Tensor tokens, RotaryEmbedding rotary, Pass pass)
    {
        using var placed = tokens.add(_positions.Value);
        using var x = Operators.Chain(_blocks, placed, (block, before) => pass.Run(block.State, [before], inputs => block.Forward(inputs[0], rotary, pass.Training)));
        return _norm.Forward(x);
    }
}
