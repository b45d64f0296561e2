namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>A NIfTI image as nibabel understands it: sform before qform, spacing from pixdim whatever the affine says, NaN kept.</summary>
/// <param name="Source">Size, type and voxels.</param>
/// <param name="Affine">From voxel indices to RAS millimetres.</param>
/// <param name="Zooms">pixdim of each axis, x first.</param>
internal sealed record NibabelFile(ImageSource Source, Affine Affine, IReadOnlyList<double> Zooms) : IDisposable
{
    private const double QuaternionThreshold = 3 * 1.1920929e-7;

    /// <summary>Opens a file or pair.</summary>
    /// <exception cref="DataException">It is missing, damaged, or its orientation is none.</exception>
    public static NibabelFile Open(string file)
    {
        var nifti = NiftiFile.Open(file);
        try
        {
            var (fields, layout) = (nifti.Fields, nifti.Layout);
            // nibabel knows no vectors: an axis of elements is an axis. Trailing axes of length 1 stay as well.
            var size = Enumerable.Range(1, (int)fields.Dim[0]).Select(i => Math.Max((int)fields.Dim[i], 1)).ToArray();
            var zooms = Zoom(fields, size.Length, file);
            var affine = AffineOf(fields, size, zooms, file);
            var stored = Stored(fields, layout, file);
            var header = ImageHeader.WithoutGeometry($"NIfTI-{fields.Version}", stored.TypeAsRead, size) with
            {
                Spacing = zooms,
                Kind = layout.Planar ? VoxelKind.Scalar : layout.Kind,
                Components = layout.Planar ? 1 : layout.Components,
            };
            return new NibabelFile(new RawImageSource(file, header, nifti.Voxels, stored), affine, zooms);
        }
        catch
        {
            nifti.Voxels.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Source.Dispose();

    private static double[] Zoom(NiftiFields fields, int axes, string file)
    {
        var zooms = new double[axes];
        for (var i = 0; i < axes; i++)
        {
            var step = fields.PixDim[i + 1];
            if (i < 3 && !double.IsFinite(step))
                throw new DataException(file, $"says a voxel measures {step} along axis {i} (pixdim[{i + 1}])", "correct the voxel size in the header");
            zooms[i] = i >= 3 ? step : step == 0 ? 1 : Math.Abs(step);
        }

        return zooms;
    }

    private static StoredVoxels Stored(NiftiFields fields, NiftiLayout layout, string file)
    {
        if (fields.Slope == 0 || !double.IsFinite(fields.Slope)) return new StoredVoxels(layout.Type, fields.BigEndian);
        if (!double.IsFinite(fields.Intercept))
            throw new DataException(file, $"has an intercept that is not finite (scl_inter {fields.Intercept})", "correct it in the header");
        return new StoredVoxels(layout.Type, fields.BigEndian, fields.Slope, fields.Intercept);
    }

    private static Affine AffineOf(NiftiFields fields, int[] size, double[] zooms, string file)
    {
        var affine = fields.SFormCode > 0 ? new Affine([.. fields.SRows, 0, 0, 0, 1])
            : fields.QFormCode > 0 ? QForm(fields, zooms, file)
            : Centred(size, zooms);
        if (affine.Values.All(double.IsFinite)) return affine;
        throw new DataException(file, "has numbers in its qform or sform that are not finite", "correct the orientation in the header");
    }

    private static Affine QForm(NiftiFields fields, double[] zooms, string file)
    {
        var (b, c, d) = (fields.Quaternion[0], fields.Quaternion[1], fields.Quaternion[2]);
        var rest = 1 - ((b * b) + (c * c) + (d * d));
        if (rest < -QuaternionThreshold)
            throw new DataException(file, $"has a quaternion that is none (quatern_b, c, d = {b}, {c}, {d})", "correct the qform in the header");
        var a = Math.Abs(rest) < QuaternionThreshold ? 0 : Math.Sqrt(rest);
        var norm = Math.Sqrt((a * a) + (b * b) + (c * c) + (d * d));
        var r = NiftiQuaternion.Rotation(a / norm, b / norm, c / norm, d / norm);
        var values = new double[16];
        values[15] = 1;
        for (var row = 0; row < 3; row++)
        {
            values[(4 * row) + 3] = fields.Quaternion[3 + row];
            for (var column = 0; column < 3; column++)
            {
                var step = column < zooms.Length ? zooms[column] : 1;
                values[(4 * row) + column] = r[row, column] * (column == 2 && fields.PixDim[0] < 0 ? -step : step);
            }
        }

        return new Affine(values);
    }

    // Neither form: the centre of the volume is the origin, and x runs to the left.
    private static Affine Centred(int[] size, double[] zooms)
    {
        var values = new double[16];
        values[15] = 1;
        for (var axis = 0; axis < 3; axis++)
        {
            var (extent, step) = axis < size.Length ? (size[axis], zooms[axis]) : (1, 1);
            values[5 * axis] = axis == 0 ? -step : step;
            values[(4 * axis) + 3] = -values[5 * axis] * (extent - 1) / 2;
        }

        return new Affine(values);
    }
}
