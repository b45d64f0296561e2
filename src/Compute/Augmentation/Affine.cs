namespace ActorSeg.Compute.Augmentation;

/// <summary>A linear map of voxel offsets from the patch centre to offsets in the loaded patch, row-major, axes 0, 1, 2 (spec 06 section 7.1).</summary>
/// <param name="M">Nine numbers; float32 precision when applied, as the reference's grid is.</param>
public readonly record struct Affine(double[] M)
{
    /// <summary>Rz(c) Ry(b) Rx(a) diag(scale): scaling first, then the turns about axes 0, 1 and 2.</summary>
    public static Affine Compose(double a, double b, double c, double scale0, double scale1, double scale2)
    {
        var x = Turn(a, 1, 2, 1);
        var y = Turn(b, 0, 2, -1);
        var z = Turn(c, 0, 1, 1);
        var m = Multiply(z, Multiply(y, x));
        for (var row = 0; row < 3; row++)
        {
            m[3 * row] *= scale0;
            m[(3 * row) + 1] *= scale1;
            m[(3 * row) + 2] *= scale2;
        }

        return new Affine(m);
    }

    private static double[] Turn(double angle, int i, int j, int way)
    {
        double[] m = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        var (sine, cosine) = Math.SinCos(angle);
        m[(3 * i) + i] = cosine;
        m[(3 * j) + j] = cosine;
        m[(3 * i) + j] = -way * sine;
        m[(3 * j) + i] = way * sine;
        return m;
    }

    private static double[] Multiply(double[] a, double[] b)
    {
        var m = new double[9];
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
                m[(3 * i) + j] = (a[3 * i] * b[j]) + (a[(3 * i) + 1] * b[3 + j]) + (a[(3 * i) + 2] * b[6 + j]);
        return m;
    }
}
