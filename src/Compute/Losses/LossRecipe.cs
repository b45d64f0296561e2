namespace ActorSeg.Compute.Losses;

/// <summary>
/// Which loss a training minimises, as data: a sum of soft Dice and a loss of each voxel (cross-entropy for labels, binary cross-entropy for regions).
/// nnU-Net's trainer variants are values of this (spec 05 sections 7 and 16).
/// </summary>
public sealed record LossRecipe
{
    /// <summary>nnU-Net's own: Dice plus cross-entropy.</summary>
    public static LossRecipe Default { get; } = new();

    /// <summary>Of minus the mean soft Dice; 0 leaves it out.</summary>
    public double DiceWeight { get; init; } = 1;

    /// <summary>Of the voxels' mean; 0 leaves it out.</summary>
    public double VoxelWeight { get; init; } = 1;

    /// <summary>Added to both halves of each Dice.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>
    /// The part of all voxels, hardest first, that the voxels' mean is taken over; 1 takes every voxel that is not ignored. Below 1 ignored voxels count as
    /// easy ones rather than not at all, as in the reference.
    /// </summary>
    public double HardestFraction { get; init; } = 1;

    /// <summary>The probability that the target spreads evenly over all classes.</summary>
    public double LabelSmoothing { get; init; }
}
