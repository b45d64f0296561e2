using System.Buffers.Binary;

namespace ActorSeg.Compute.Imaging;

/// <summary>
/// Where a NIfTI image lies in space, between the file's RAS quaternion and matrix and ITK's LPS origin and direction. Follows the choice of
/// present-day ITK: the sform where it is orthonormal and (there is no qform, or it is of scanner kind, or both agree), else the qform.
/// </summary>
internal static class NiftiGeometry
{
    private const double Tolerance = 1e-4;

    /// <summary>The geometry of a header.</summary>
    /// <exception cref="DataException">Neither form is usable.</exception>
    public static ImageGeometry Read(ReadOnlySpan<byte> header, bool big, double[] spacing, string file)
    {
        var (qcode, scode) = (NiftiHeader.Short(header, 252, big), NiftiHeader.Short(header, 254, big));
        if (qcode <= 0 && scode <= 0) return new ImageGeometry(spacing, new double[spacing.Length], Identity(spacing.Length));

        var sform = SForm(header, big);
        var qform = QForm(header, big);
        var useSForm = scode > 0 && IsOrthonormal(sform) && (qcode <= 0 || scode == 1 || Agree(sform, qform));
        if (!useSForm && qcode <= 0)
            throw new DataException(file, "has an sform that is not a rotation (skewed or singular) and no qform",
                "resample it, or set a qform, so that its axes are orthogonal");
        var matrix = useSForm ? sform : qform;
        if (matrix.Cast<double>().Any(v => !double.IsFinite(v)))
            throw new DataException(file, "has numbers in its qform or sform that are not finite", "correct the orientation in the header");

        var axes = spacing.Length;
        var direction = new double[axes * axes];
        var origin = new double[axes];
        for (var column = 0; column < axes; column++)
        {
            var length = 0.0;
            for (var row = 0; row < axes; row++) length += matrix[row, column] * matrix[row, column];
            length = length == 0 ? 1 : Math.Sqrt(length);
            for (var row = 0; row < axes; row++) direction[(row * axes) + column] = Flip(row) * matrix[row, column] / length;
            origin[column] = Flip(column) * matrix[column, 3];
        }

        return new ImageGeometry(spacing, Clean(origin), Clean(direction));
    }

    /// <summary>Writes qform and sform (both of scanner kind) and the voxel sizes into a little-endian header.</summary>
    public static void Write(Span<byte> header, ImageGeometry geometry)
    {
        var axes = geometry.Spacing.Count;
        var rotation = new double[3, 3];
        rotation[2, 2] = 1;
        var offset = new double[3];
        for (var row = 0; row < axes; row++)
        {
            offset[row] = Flip(row) * geometry.Origin[row];
            for (var column = 0; column < axes; column++) rotation[row, column] = Flip(row) * geometry.Direction[(row * axes) + column];
        }

        var (b, c, d, handedness) = Quaternion(rotation);
        Put(header, 76, handedness);
        for (var i = 0; i < axes; i++) Put(header, 80 + (4 * i), geometry.Spacing[i]);
        BinaryPrimitives.WriteInt16LittleEndian(header[252..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[254..], 1);
        foreach (var (value, i) in new[] { b, c, d, offset[0], offset[1], offset[2] }.Select((value, i) => (value, i))) Put(header, 256 + (4 * i), value);
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
                Put(header, 280 + (16 * row) + (4 * column), rotation[row, column] * (column < axes ? geometry.Spacing[column] : 1));
            Put(header, 280 + (16 * row) + 12, offset[row]);
        }
    }

    // NIfTI's first two world axes point the other way than ITK's.
    private static double Flip(int axis) => axis < 2 ? -1 : 1;

    // -0.0 would be carried into every file written from here.
    private static double[] Clean(double[] values) => Array.ConvertAll(values, v => v == 0 ? 0 : v);

    private static void Put(Span<byte> header, int at, double value) => BinaryPrimitives.WriteSingleLittleEndian(header[at..], (float)value);

    private static double[] Identity(int axes)
    {
        var direction = new double[axes * axes];
        for (var i = 0; i < axes; i++) direction[i * (axes + 1)] = 1;
        return direction;
    }

    private static double[,] SForm(ReadOnlySpan<byte> header, bool big)
    {
        var matrix = new double[3, 4];
        for (var i = 0; i < 12; i++) matrix[i / 4, i % 4] = NiftiHeader.Single(header, 280 + (4 * i), big);
        return matrix;
    }

    // Rounded to float32, as the reference library holds it.
    private static double[,] QForm(ReadOnlySpan<byte> header, bool big)
    {
        double b = NiftiHeader.Single(header, 256, big), c = NiftiHeader.Single(header, 260, big), d = NiftiHeader.Single(header, 264, big);
        var a = 1 - ((b * b) + (c * c) + (d * d));
        if (a < 1e-7)
        {
            var scale = 1 / Math.Sqrt((b * b) + (c * c) + (d * d));
            (a, b, c, d) = (0, b * scale, c * scale, d * scale);
        }
        else
            a = Math.Sqrt(a);

        double[,] r =
        {
            { (a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) - (a * d)), 2 * ((b * d) + (a * c)) },
            { 2 * ((b * c) + (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) - (a * b)) },
            { 2 * ((b * d) - (a * c)), 2 * ((c * d) + (a * b)), (a * a) + (d * d) - (c * c) - (b * b) },
        };
        var matrix = new double[3, 4];
        for (var column = 0; column < 3; column++)
        {
            var length = NiftiHeader.Single(header, 80 + (4 * column), big);
            var scale = float.IsFinite(length) && length > 0 ? (double)length : 1;
            if (column == 2 && NiftiHeader.Single(header, 76, big) < 0) scale = -scale;
            for (var row = 0; row < 3; row++) matrix[row, column] = (float)(r[row, column] * scale);
        }

        for (var row = 0; row < 3; row++) matrix[row, 3] = NiftiHeader.Single(header, 268 + (4 * row), big);
        return matrix;
    }

    private static bool IsOrthonormal(double[,] matrix)
    {
        var unit = Directions(matrix);
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
            {
                var product = (unit[i, 0] * unit[j, 0]) + (unit[i, 1] * unit[j, 1]) + (unit[i, 2] * unit[j, 2]);
                if (!(Math.Abs(product - (i == j ? 1 : 0)) <= Tolerance)) return false;
            }

        return true;
    }

    private static bool Agree(double[,] sform, double[,] qform)
    {
        var (s, q) = (Directions(sform), Directions(qform));
        for (var row = 0; row < 3; row++)
        {
            if (!(Math.Abs(sform[row, 3] - qform[row, 3]) <= Tolerance)) return false;
            if (!(Math.Abs(Length(sform, row) - Length(qform, row)) <= Tolerance)) return false;
            for (var column = 0; column < 3; column++)
                if (!(Math.Abs(s[row, column] - q[row, column]) <= Tolerance))
                    return false;
        }

        return true;
    }

    private static double Length(double[,] m, int column) =>
        Math.Sqrt((m[0, column] * m[0, column]) + (m[1, column] * m[1, column]) + (m[2, column] * m[2, column]));

    private static double[,] Directions(double[,] matrix)
    {
        var unit = new double[3, 3];
        for (var column = 0; column < 3; column++)
            for (var row = 0; row < 3; row++)
                unit[row, column] = matrix[row, column] / Length(matrix, column);
        return unit;
    }

    // The unit quaternion of a rotation (its real part, not stored, is positive); a reflection is told by -1 and flips the third axis.
    private static (double B, double C, double D, int Handedness) Quaternion(double[,] m)
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
