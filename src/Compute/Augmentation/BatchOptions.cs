namespace ActorSeg.Compute.Augmentation;

/// <summary>What batches are made like, beside what plans and labels say.</summary>
/// <param name="Size">Samples a batch.</param>
/// <param name="OversampleForeground">Fraction of each batch that must hold foreground, unless the variant has its own.</param>
public sealed record BatchOptions(int Size, double OversampleForeground)
{
    /// <summary>What the cases kept open may take unless told otherwise: 1 GiB, which holds the small data sets whose batches are built fastest.</summary>
    public const long DefaultOpenBytes = 1L << 30;

    /// <summary>How samples are augmented; <see cref="AugmentationVariant.ForValidation"/> for the online validation.</summary>
    public AugmentationVariant Variant { get; init; } = AugmentationVariant.Default;

    /// <summary>Whether there is a target for every output of the decoder, or for the full resolution alone.</summary>
    public bool DeepSupervision { get; init; } = true;

    /// <summary>What the cases kept open between reads may take, in bytes; a case counts with its image, label maps and class locations.</summary>
    public long OpenBytes { get; init; } = DefaultOpenBytes;
}
