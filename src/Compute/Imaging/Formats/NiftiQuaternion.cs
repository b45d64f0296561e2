namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Rotations as NIfTI's qform holds them.</summary>
internal static class NiftiQuaternion
{
    /// <summary>The rotation of a unit quaternion.</summary>
    public static double[,] Rotation(double a, double b, double c, double d) => new[,]
    {
        { (a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) - (a * d)), 2 * ((b * d) + (a * c)) },
        { 2 * ((b * c) + (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) - (a * b)) },
        { 2 * ((b * d) - (a * c)), 2 * ((c * d) + (a * b)), (a * a) + (d * d) - (c * c) - (b * b) },
    };

    /// <summary>The unit quaternion of a rotation (its real part, not stored, is positive); a reflection is told by -1 and flips the third axis.</summary>
    public static (double B, double C, double D, int Handedness) Of(double[,] m)
    {
        var determinant = (m[0, 0] * ((m[1, 1] * m[2, 2]) - (m[1, 2] * m[2, 1]))) - (m[0, 1] * ((m[1, 0] * m[2, 2]) - (m[1, 2] * m[2, 0])))
            + (m[0, 2] * ((m[1, 0] * m[2, 1]) - (m[1, 1] * m[2, 0])));
        var flip = determinant < 0 ? -1 : 1;
        var (r02, r12, r22) = (flip * m[0, 2], flip * m[1, 2], flip * m[2, 2]);
        var (b2, c2, d2) = (1 + m[0, 0] - m[1, 1] - r22, 1 + m[1, 1] - m[0, 0] - r22, 1 + r22 - m[0, 0] - m[1, 1]);
        var trace = 1 + m[0, 0] + m[1, 1] + r22;
        double a, b, c, d;
        if (trace > 0.5)
        {
            a = Math.Sqrt(trace) / 2;
            (b, c, d) = ((m[2, 1] - r12) / (4 * a), (r02 - m[2, 0]) / (4 * a), (m[1, 0] - m[0, 1]) / (4 * a));
        }
        else if (b2 >= c2 && b2 >= d2)
        {
            b = Math.Sqrt(b2) / 2;
            (a, c, d) = ((m[2, 1] - r12) / (4 * b), (m[0, 1] + m[1, 0]) / (4 * b), (r02 + m[2, 0]) / (4 * b));
        }
        else if (c2 >= d2)
        {
            c = Math.Sqrt(c2) / 2;
            (a, b, d) = ((r02 - m[2, 0]) / (4 * c), (m[0, 1] + m[1, 0]) / (4 * c), (r12 + m[2, 1]) / (4 * c));
        }
        else
        {
            d = Math.Sqrt(d2) / 2;
            (a, b, c) = ((m[1, 0] - m[0, 1]) / (4 * d), (r02 + m[2, 0]) / (4 * d), (r12 + m[2, 1]) / (4 * d));
        }

        return a < 0 ? (-b, -c, -d, flip) : (b, c, d, flip);
    }
}
