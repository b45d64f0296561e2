namespace ActorSeg.Compute.Imaging;

/// <summary>The place of an image whose format knows nothing of space but, at most, the size of a voxel: pictures and TIFF stacks.</summary>
public sealed record SpacingOnlyGeometry : ImageGeometry
{
    /// <param name="spacing">Array axis order.</param>
    public SpacingOnlyGeometry(Spacing spacing)
        : base([spacing.X, spacing.Y, spacing.Z], [0, 0, 0], ImageHeader.IdentityDirection(3))
    {
    }
}
