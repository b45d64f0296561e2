namespace ActorSeg.Compute;

/// <summary>
/// The extent of a volume in voxels, in nnU-Net's axis order: axis 0 (z for medical files), axis 1 (y), axis 2 (x, contiguous in memory).
/// A 2D image has axis 0 of length 1.
/// </summary>
public readonly record struct VolumeShape(int Z, int Y, int X)
{
    /// <summary>The number of voxels of one channel.</summary>
    public long Voxels => (long)Z * Y * X;

    /// <summary>The extent along <paramref name="axis"/> (0, 1 or 2).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The axis is not 0, 1 or 2.</exception>
    public int this[int axis] => axis switch { 0 => Z, 1 => Y, 2 => X, _ => throw new ArgumentOutOfRangeException(nameof(axis)) };

    /// <summary>The shape whose axis i is this shape's axis <c>order[i]</c>, as numpy's transpose does.</summary>
    public VolumeShape Permute(IReadOnlyList<int> order) => new(this[order[0]], this[order[1]], this[order[2]]);

    /// <summary>The three extents, axis 0 first.</summary>
    public int[] ToArray() => [Z, Y, X];

    /// <summary>A shape from three extents, axis 0 first.</summary>
    public static VolumeShape From(IReadOnlyList<int> extents) =>
        extents.Count == 3 ? new(extents[0], extents[1], extents[2]) : throw new ArgumentException($"a shape has 3 extents, not {extents.Count}", nameof(extents));

    /// <inheritdoc/>
    public override string ToString() => $"{Z}x{Y}x{X}";
}
