namespace ActorSeg.Compute.Planning;

/// <summary>Which normalisation a channel's name selects (spec 02 section 6).</summary>
/// <param name="Name">Class name as plans carry it.</param>
/// <param name="LeavesOutsideAtZero">Whether it may look at the non-zero region alone.</param>
internal sealed record Normalization(string Name, bool LeavesOutsideAtZero)
{
    /// <summary>Normalisation looks at the non-zero region alone where cropping leaves less than this of the image.</summary>
    public const double MaskThreshold = 0.75;

    /// <summary>The scheme of a channel name; the whole name counts, so <c>ct_venous</c> is not CT.</summary>
    public static Normalization SchemeOf(string channel) => channel.ToLowerInvariant() switch
    {
        "ct" => new("CTNormalization", false),
        "nonorm" => new("NoNormalization", false),
        "rescale_to_0_1" => new("RescaleTo01Normalization", false),
        "rgb_to_0_1" => new("RGBTo01Normalization", false),
        _ => new("ZScoreNormalization", true),
    };
}
