namespace ActorSeg.Compute.Imaging;

/// <summary>The rotation (or reflection) nearest to the axes of an affine: skewed axes are set upright as little as possible.</summary>
internal static class PolarRotation
{
    /// <summary>The orthogonal factor of the unit axes by Newton's iteration; the axes themselves where they are singular.</summary>
    public static double[,] Of(Affine affine)
    {
        var steps = affine.Steps();
        var m = new double[3, 3];
        for (var row = 0; row < 3; row++)
            for (var column = 0; column < 3; column++)
                m[row, column] = affine[row, column] / (steps[column] > 0 ? steps[column] : 1);
        for (var i = 0; i < 50; i++)
        {
            var cofactors = Cofactors(m);
            var determinant = (m[0, 0] * cofactors[0, 0]) + (m[0, 1] * cofactors[0, 1]) + (m[0, 2] * cofactors[0, 2]);
            if (Math.Abs(determinant) < 1e-12) return m;
            var change = 0.0;
            for (var row = 0; row < 3; row++)
                for (var column = 0; column < 3; column++)
                {
                    // The transposed inverse is the matrix of cofactors over the determinant.
                    var next = (m[row, column] + (cofactors[row, column] / determinant)) / 2;
                    change = Math.Max(change, Math.Abs(next - m[row, column]));
                    m[row, column] = next;
                }

            if (change < 1e-14) break;
        }

        return m;
    }

    private static double[,] Cofactors(double[,] m)
    {
        var cofactors = new double[3, 3];
        for (var row = 0; row < 3; row++)
            for (var column = 0; column < 3; column++)
            {
                var (r1, r2, c1, c2) = ((row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3);
                cofactors[row, column] = (m[r1, c1] * m[r2, c2]) - (m[r1, c2] * m[r2, c1]);
            }

        return cofactors;
    }
}
