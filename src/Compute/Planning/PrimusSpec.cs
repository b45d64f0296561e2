namespace ActorSeg.Compute.Planning;

/// <summary>How a Primus makes tokens of an image.</summary>
public enum PrimusVersion
{
    /// <summary>One convolution.</summary>
    V1,

    /// <summary>Residual blocks that halve the resolution three times.</summary>
    V2,

    /// <summary>As V2, wider, and every resolution has a way of its own to the tokens.</summary>
    V3,
}

/// <summary>Depth and width of a Primus.</summary>
public enum PrimusSize
{
    /// <summary>12 blocks of 396.</summary>
    S,

    /// <summary>12 blocks of 792.</summary>
    B,

    /// <summary>16 blocks of 864.</summary>
    M,

    /// <summary>24 blocks of 1056.</summary>
    L,
}

/// <summary>
/// A Primus: tokens of 8x8x8 voxels, a transformer over them, and transposed convolutions back (Wald et al., arXiv 2503.01835; spec 04 section 10). The defaults
/// are those of nnU-Net's Primus trainers; its PretrainedTrainer builds the same with a <see cref="DropPath"/> of 0.
/// </summary>
public sealed record PrimusSpec
{
    /// <summary>Voxels of a token along each axis.</summary>
    public const int TokenSize = 8;

    /// <summary>How tokens are made.</summary>
    public required PrimusVersion Version { get; init; }

    /// <summary>Numbers of a token.</summary>
    public required int Width { get; init; }

    /// <summary>Transformer blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Attention heads of a block; <see cref="Width"/> divided by it is a multiple of 6, since the rotary embedding has pairs for three axes.</summary>
    public required int AttentionHeads { get; init; }

    /// <summary>Probability with which the last block's branches are left out in training; it rises evenly from 0 at the first.</summary>
    public double DropPath { get; init; } = 0.2;

    /// <summary>What the branches' learnt factors start with; null for branches without such factors.</summary>
    public double? BranchScale { get; init; } = 0.1;

    /// <summary>Whether attention's result is normalised before its last layer.</summary>
    public bool InnerNorm { get; init; } = true;

    /// <summary>Feature maps of the stem and of the three halvings of the versions that have them; null for the version's own.</summary>
    public IReadOnlyList<int>? EmbeddingWidths { get; init; }

    /// <summary>The widths in force; empty for V1.</summary>
    internal IReadOnlyList<int> Widths => EmbeddingWidths ?? Version switch
    {
        PrimusVersion.V2 => [32, 32, 64, 128],
        PrimusVersion.V3 => [32, 64, 256, 1024],
        _ => [],
    };

    /// <summary>The network of a published size.</summary>
    public static PrimusSpec Of(PrimusVersion version, PrimusSize size)
    {
        var (depth, heads, width) = size switch
        {
            PrimusSize.S => (12, 6, 396),
            PrimusSize.B => (12, 12, 792),
            PrimusSize.M => (16, 12, 864),
            _ => (24, 16, 1056),
        };
        return new PrimusSpec { Version = version, Width = width, Depth = depth, AttentionHeads = heads };
    }
}
