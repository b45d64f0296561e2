using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>What a Primus is put together from. Nothing is allocated until its state is given values.</summary>
internal sealed class PrimusParts
{
    // For training on parts of an image, which segmentation never does; it is in every file all the same.
    private readonly StateTensor _mask;

    /// <exception cref="DataException">The network cannot be built.</exception>
    public PrimusParts(PrimusSpec spec, IReadOnlyList<int> patch, int inputChannels, int heads)
    {
        const string down = "down_projection";
        PrimusCheck.Check(spec, patch, inputChannels, heads);
        Grid = [.. patch.Select(n => n / PrimusSpec.TokenSize)];
        Embedding = spec.Version == PrimusVersion.V1 ? new PatchEmbedding(down, inputChannels, spec.Width) : new DeepPatchEmbedding(down, inputChannels, spec);
        Decoder = new PatchDecoder("up_projection", spec.Width, heads);
        Transformer = new Eva(spec, Grid);
        _mask = new StateTensor("mask_token", [1, 1, spec.Width], Start.Zero, trained: false);
    }

    /// <summary>Tokens along each axis.</summary>
    public IReadOnlyList<int> Grid { get; }

    public IPatchEmbedding Embedding { get; }

    public Eva Transformer { get; }

    public PatchDecoder Decoder { get; }

    /// <summary>The whole state in the reference's order: what is no parameter comes first, and the decoder before the transformer.</summary>
    public IEnumerable<StateEntry> State => [new StateEntry(_mask.Name, _mask), .. Embedding.State, .. Decoder.State, .. Transformer.State];
}
