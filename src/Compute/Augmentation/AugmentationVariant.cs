namespace ActorSeg.Compute.Augmentation;

/// <summary>Which transforms a training applies.</summary>
public enum AugmentationScheme
{
    /// <summary>nnU-Net's default (spec 06 section 5).</summary>
    Default,

    /// <summary>DA5 (spec 06 section 9).</summary>
    Heavy,

    /// <summary>None but those of the validation (spec 06 section 6): patches of the network's size, as they are.</summary>
    None,
}

/// <summary>Which axes of the network's input are mirrored, in training and in prediction.</summary>
public enum MirrorRule
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>All but the last: 0 and 1 of three, 0 of two.</summary>
    AllButLast,

    /// <summary>None.</summary>
    None,
}

/// <summary>How a training augments (spec 06 section 10): what nnU-Net's trainer variants differ in, as a value.</summary>
public sealed record AugmentationVariant
{
    /// <summary>nnUNetTrainer's.</summary>
    public static AugmentationVariant Default { get; } = new();

    /// <summary>nnUNetTrainerDA5's.</summary>
    public static AugmentationVariant Heavy { get; } = new() { Scheme = AugmentationScheme.Heavy, PreviousLabelChance = 1 };

    /// <summary>nnUNetTrainerNoDA's.</summary>
    public static AugmentationVariant None { get; } = new() { Scheme = AugmentationScheme.None, Mirroring = MirrorRule.None };

    /// <summary>Which transforms.</summary>
    public AugmentationScheme Scheme { get; init; } = AugmentationScheme.Default;

    /// <summary>Which axes are mirrored.</summary>
    public MirrorRule Mirroring { get; init; } = MirrorRule.All;

    /// <summary>Whether anisotropic 3D patches are turned slice by slice ("dummy 2D"); else all 3D patches are turned by up to 30 degrees about every axis.</summary>
    public bool SliceBySlice { get; init; } = true;

    /// <summary>Whether a turned image takes the nearest voxel instead of interpolating.</summary>
    public bool NearestImage { get; init; }

    /// <summary>Whether turned labels take the nearest voxel's instead of the vote of linear masks.</summary>
    public bool NearestLabels { get; init; }

    /// <summary>Of each label of the stage before, in a cascade, that its mask is changed where masks are.</summary>
    public double PreviousLabelChance { get; init; } = 0.5;

    /// <summary>Which samples must hold foreground.</summary>
    public ForegroundRule Foreground { get; init; }

    /// <summary>What the online validation of such a training loads: nothing is augmented, foreground is forced alike.</summary>
    public AugmentationVariant ForValidation => this with { Scheme = AugmentationScheme.None };
}
