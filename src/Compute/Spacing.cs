namespace ActorSeg.Compute;

/// <summary>The distance between voxel centres in millimetres, in the axis order of <see cref="VolumeShape"/>.</summary>
public readonly record struct Spacing(double Z, double Y, double X)
{
    /// <summary>The distance along <paramref name="axis"/> (0, 1 or 2).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The axis is not 0, 1 or 2.</exception>
    public double this[int axis] => axis switch { 0 => Z, 1 => Y, 2 => X, _ => throw new ArgumentOutOfRangeException(nameof(axis)) };

    /// <summary>The spacing whose axis i is this spacing's axis <c>order[i]</c>.</summary>
    public Spacing Permute(IReadOnlyList<int> order) => new(this[order[0]], this[order[1]], this[order[2]]);

    /// <summary>The three distances, axis 0 first.</summary>
    public double[] ToArray() => [Z, Y, X];

    /// <summary>A spacing from three numbers, axis 0 first.</summary>
    public static Spacing From(IReadOnlyList<double> values) =>
        values.Count == 3 ? new(values[0], values[1], values[2]) : throw new ArgumentException($"a spacing has 3 numbers, not {values.Count}", nameof(values));
}
