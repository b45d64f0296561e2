using System.Buffers.Binary;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// Where a NIfTI image lies in space, between the file's RAS quaternion and matrix and ITK's LPS origin and direction. Follows the choice of
/// present-day ITK: the sform where it is orthonormal and (there is no qform, or it is of scanner kind, or both agree), else the qform.
/// </summary>
internal static class NiftiGeometry
{
    private const double Tolerance = 1e-4;

    /// <summary>The geometry of a header.</summary>
    /// <param name="fields">Of the header.</param>
    /// <param name="spacing">Of the first one, two or three axes, positive; the geometry has as many.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">Neither form is usable.</exception>
    public static ImageGeometry Read(NiftiFields fields, double[] spacing, string file)
    {
        var (qcode, scode) = (fields.QFormCode, fields.SFormCode);
        if (qcode <= 0 && scode <= 0) return new ImageGeometry(spacing, new double[spacing.Length], ImageHeader.IdentityDirection(spacing.Length));

        var sform = SForm(fields);
        var qform = QForm(fields);
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

    /// <summary>Writes qform, sform and the voxel sizes into a little-endian NIfTI-1 header.</summary>
    /// <param name="header">348 bytes.</param>
    /// <param name="geometry">One, two or three axes.</param>
    /// <param name="qcode">1 as ITK writes it, 0 as nibabel does.</param>
    /// <param name="scode">1 as ITK writes it, 2 as nibabel does.</param>
    public static void Write(Span<byte> header, ImageGeometry geometry, short qcode = 1, short scode = 1)
    {
        var axes = geometry.Spacing.Count;
        var rotation = new double[3, 3];
        for (var i = axes; i < 3; i++) rotation[i, i] = 1;
        var offset = new double[3];
        for (var row = 0; row < axes; row++)
        {
            offset[row] = Flip(row) * geometry.Origin[row];
            for (var column = 0; column < axes; column++) rotation[row, column] = Flip(row) * geometry.Direction[(row * axes) + column];
        }

        var (b, c, d, handedness) = NiftiQuaternion.Of(rotation);
        Put(header, 76, handedness);
        for (var i = 0; i < axes; i++) Put(header, 80 + (4 * i), geometry.Spacing[i]);
        BinaryPrimitives.WriteInt16LittleEndian(header[252..], qcode);
        BinaryPrimitives.WriteInt16LittleEndian(header[254..], scode);
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

    private static double[,] SForm(NiftiFields fields)
    {
        var matrix = new double[3, 4];
        for (var i = 0; i < 12; i++) matrix[i / 4, i % 4] = fields.SRows[i];
        return matrix;
    }

    // Rounded to float32, as the reference library holds it.
    private static double[,] QForm(NiftiFields fields)
    {
        var (b, c, d) = (fields.Quaternion[0], fields.Quaternion[1], fields.Quaternion[2]);
        var a = 1 - ((b * b) + (c * c) + (d * d));
        if (a < 1e-7)
        {
            var scale = 1 / Math.Sqrt((b * b) + (c * c) + (d * d));
            (a, b, c, d) = (0, b * scale, c * scale, d * scale);
        }
        else
            a = Math.Sqrt(a);

        var r = NiftiQuaternion.Rotation(a, b, c, d);
        var matrix = new double[3, 4];
        for (var column = 0; column < 3; column++)
        {
            var length = fields.PixDim[column + 1];
            var scale = double.IsFinite(length) && length > 0 ? length : 1;
            if (column == 2 && fields.PixDim[0] < 0) scale = -scale;
            for (var row = 0; row < 3; row++) matrix[row, column] = (float)(r[row, column] * scale);
        }

        for (var row = 0; row < 3; row++) matrix[row, 3] = fields.Quaternion[3 + row];
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
}
