namespace ActorSeg.Compute.Imaging;

/// <summary>A 4x4 matrix from voxel indices (x, y, z) to millimetres in nibabel's world (RAS): its last row is 0 0 0 1.</summary>
/// <param name="Values">16 numbers, row-major.</param>
public sealed record Affine(IReadOnlyList<double> Values)
{
    /// <summary>One number.</summary>
    public double this[int row, int column] => Values[(4 * row) + column];

    /// <summary>The length of the step along each axis.</summary>
    public double[] Steps() => [.. Enumerable.Range(0, 3).Select(c => Math.Sqrt((this[0, c] * this[0, c]) + (this[1, c] * this[1, c]) + (this[2, c] * this[2, c])))];

    /// <summary>The matrix of a geometry of ITK's (LPS: the first two world axes point the other way).</summary>
    public static Affine Of(ImageGeometry geometry)
    {
        var axes = geometry.Spacing.Count;
        var values = new double[16];
        for (var i = 0; i < 4; i++) values[5 * i] = 1;
        for (var row = 0; row < axes; row++)
        {
            var sign = row < 2 ? -1 : 1;
            values[(4 * row) + 3] = sign * geometry.Origin[row];
            for (var column = 0; column < axes; column++) values[(4 * row) + column] = sign * geometry.Direction[(row * axes) + column] * geometry.Spacing[column];
        }

        return new Affine(values);
    }

    /// <summary>This world with its first two axes turned round, its steps split into spacing and direction.</summary>
    public ImageGeometry ToGeometry()
    {
        var steps = Steps();
        var direction = new double[9];
        for (var row = 0; row < 3; row++)
            for (var column = 0; column < 3; column++)
                direction[(3 * row) + column] = (row < 2 ? -1 : 1) * this[row, column] / (steps[column] > 0 ? steps[column] : 1);
        return new ImageGeometry(steps, [-this[0, 3], -this[1, 3], this[2, 3]], direction);
    }

    /// <summary>Whether two matrices are equal as numpy's allclose has it.</summary>
    public bool IsCloseTo(Affine other) => GeometryComparison.Close(Values, other.Values);
}
