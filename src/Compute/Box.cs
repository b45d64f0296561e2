namespace ActorSeg.Compute;

/// <summary>A box of voxels: <paramref name="Low"/> belongs to it, <paramref name="High"/> does not. Corners may lie outside a volume (patches that need padding).</summary>
public readonly record struct Box(VolumeShape Low, VolumeShape High)
{
    /// <summary>The extent of the box.</summary>
    public VolumeShape Shape => new(High.Z - Low.Z, High.Y - Low.Y, High.X - Low.X);

    /// <summary>The box that covers a whole volume.</summary>
    public static Box Whole(VolumeShape shape) => new(default, shape);
}
