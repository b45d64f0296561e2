namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Checks and tidies what a header says of the place of its image: the same for every format that knows any number of axes.</summary>
internal static class ImagePlace
{
    /// <summary>
    /// Takes spacings below zero for a flipped axis, as ITK's reader does, drops axes of length 1 beyond the third, and refuses what is no place in space.
    /// </summary>
    /// <exception cref="DataException">A number is not finite, a spacing is zero or absurd, or the directions lie in one plane.</exception>
    public static ImageHeader Checked(ImageHeader header, string file)
    {
        var axes = header.Axes;
        var spacing = header.Spacing.ToArray();
        var direction = header.Direction.ToArray();
        for (var i = 0; i < axes; i++)
        {
            if (Math.Abs(spacing[i]) is not (>= 1e-12 and <= 1e12))
                throw new DataException(file, $"says a voxel measures {spacing[i]} along axis {i}", "correct the voxel size in the header");
            if (!double.IsFinite(header.Origin[i]))
                throw new DataException(file, $"says its first voxel lies at {header.Origin[i]} along axis {i}", "correct the origin in the header");
            if (spacing[i] > 0) continue;
            spacing[i] = -spacing[i];
            for (var row = 0; row < axes; row++) direction[(row * axes) + i] *= -1;
        }

        var kept = axes;
        while (kept > 3 && header.Size[kept - 1] == 1) kept--;
        double[] square = [.. Enumerable.Range(0, kept * kept).Select(i => direction[(i / kept * axes) + (i % kept)])];
        if (!IsRegular(square, kept))
            throw new DataException(file, $"has axes that lie in one plane or are no numbers (direction {string.Join(" ", direction)})", "correct the directions in the header");
        return header with
        {
            Size = [.. header.Size.Take(kept)],
            Spacing = spacing[..kept],
            Origin = [.. header.Origin.Take(kept)],
            Direction = square,
        };
    }

    /// <summary>Voxels along an axis, or components of a voxel.</summary>
    /// <exception cref="DataException">Not between 1 and 2^31 - 1.</exception>
    public static int Extent(long extent, string file, string field) => extent is > 0 and <= int.MaxValue ? (int)extent
        : throw new DataException(file, $"says {field} {extent}", "its header is damaged; export the image again");

    /// <summary>Product of numbers that are at least 1; -1 when it overflows, or when one of them is -1 for the same reason.</summary>
    public static long Product(IEnumerable<long> factors) =>
        factors.Aggregate(1L, (product, n) => product < 0 || n < 0 || Math.BigMul(product, n) > long.MaxValue ? -1 : product * n);

    /// <summary>What a header says of its voxels, for errors.</summary>
    public static string Describe(IEnumerable<int> size, int components, VoxelType type) =>
        $"{string.Join(" x ", size)} voxels of {(components == 1 ? "" : $"{components} x ")}{type.NumpyName()}";

    // Gauss with row exchange: whether the determinant is not zero. Columns are cosines, so their scale is about 1.
    private static bool IsRegular(double[] square, int axes)
    {
        if (square.Any(value => !double.IsFinite(value))) return false;
        var m = (double[])square.Clone();
        for (var column = 0; column < axes; column++)
        {
            var pivot = Enumerable.Range(column, axes - column).MaxBy(row => Math.Abs(m[(row * axes) + column]));
            if (Math.Abs(m[(pivot * axes) + column]) < 1e-12) return false;
            for (var k = 0; k < axes; k++) (m[(column * axes) + k], m[(pivot * axes) + k]) = (m[(pivot * axes) + k], m[(column * axes) + k]);
            for (var row = column + 1; row < axes; row++)
            {
                var factor = m[(row * axes) + column] / m[(column * axes) + column];
                for (var k = column; k < axes; k++) m[(row * axes) + k] -= factor * m[(column * axes) + k];
            }
        }

        return true;
    }
}
