using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Training.Pretraining;

/// <summary>What a network calls those of its parts that pretraining leaves to it (spec 04 sections 2.1, 3.1 and 10).</summary>
public sealed record NetworkParts
{
    private const int MostVoxels = 1 << 16;

    /// <summary>Module path of the encoder, such as <c>encoder.stages</c>.</summary>
    public required string Encoder { get; init; }

    /// <summary>Module path of what comes before it, such as <c>encoder.stem</c>; it may lie within the encoder.</summary>
    public required string Stem { get; init; }

    /// <summary>Module paths of the one convolution that sees the image, under all its names.</summary>
    public required IReadOnlyList<string> FirstConvolution { get; init; }

    /// <summary>Name of the learnt vectors of a transformer's places; null for networks that have none.</summary>
    public string? Positions { get; init; }

    /// <summary>Voxels an axis of the patches that it takes; of a transformer one token is 8 along each.</summary>
    public IReadOnlyList<int> PatchSize { get; init; } = [];

    /// <summary>The parts of a network built here.</summary>
    /// <param name="network">A UNet or a Primus.</param>
    /// <param name="patchSize">That it is trained with.</param>
    /// <exception cref="ArgumentException">The network is of another kind: its parts have to be said.</exception>
    public static NetworkParts Of(ISegmentationNetwork network, IReadOnlyList<int> patchSize) => network switch
    {
        UNet { Spec.Residual: true } => UNetParts("encoder.stem", "encoder.stem.convs.0", patchSize),
        UNet => UNetParts("encoder.stages.0", "encoder.stages.0.0.convs.0", patchSize),
        PrimusNetwork primus => new NetworkParts
        {
            Encoder = "eva",
            Stem = "down_projection",
            FirstConvolution = [primus.Spec.Version == PrimusVersion.V1 ? "down_projection.proj" : "down_projection.stem.blocks.0.conv1.conv"],
            Positions = "eva.pos_embed",
            PatchSize = patchSize,
        },
        _ => throw new ArgumentException($"what {network.GetType().Name} calls its parts is not known", nameof(network)),
    };

    /// <summary>Those of a pretrained network, from the <c>pretrain_info</c> of plans that were made for it.</summary>
    /// <param name="info">The object.</param>
    /// <param name="file">The plans, for messages.</param>
    /// <exception cref="DataException">A key is missing or wrong.</exception>
    public static NetworkParts Parse(JsonObject info, string file)
    {
        var fields = new JsonFields(info, file);
        return new NetworkParts
        {
            Encoder = fields.Text("key_to_encoder"),
            Stem = fields.Text("key_to_stem"),
            FirstConvolution = fields.Texts("keys_to_in_proj"),
            Positions = fields.TextOrNull("key_to_lpe"),
            PatchSize = fields.Ints("pt_used_patchsize", 1, MostVoxels),
        };
    }

    private static NetworkParts UNetParts(string stem, string first, IReadOnlyList<int> patchSize) => new()
    {
        Encoder = "encoder.stages",
        Stem = stem,
        FirstConvolution = [$"{first}.conv", $"{first}.all_modules.0"],
        PatchSize = patchSize,
    };
}
