namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// NIfTI-1 and NIfTI-2 as ITK understands them, and as current ITK writes NIfTI-1. NIfTI-2, which ITK 5.2 does not read, follows the same rules.
/// </summary>
internal sealed class NiftiFormat : IImageFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".nii.gz", ".nii", ".hdr", ".img", ".hdr.gz", ".img.gz"];

    /// <inheritdoc/>
    public ImageSource Open(string file)
    {
        var nifti = NiftiFile.Open(file);
        try
        {
            var stored = Stored(nifti.Fields, nifti.Layout);
            return new RawImageSource(file, HeaderOf(nifti, stored), nifti.Voxels, stored, nifti.Layout.Planar);
        }
        catch
        {
            nifti.Voxels.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged =>
        NiftiWriter.Write(file, values, header, bytes => NiftiGeometry.Write(bytes, header.Geometry));

    /// <inheritdoc/>
    public void WriteLabels(string file, ReadOnlySpan<ushort> labels, ImageHeader header)
    {
        if (LabelWriting.Fits(labels)) NiftiWriter.WriteNarrow(file, labels, header, bytes => NiftiGeometry.Write(bytes, header.Geometry));
        else Write(file, labels, header);
    }

    // ITK scales only where the file says how it lies in space; a file without qform and sform is taken for Analyze.
    private static StoredVoxels Stored(NiftiFields fields, NiftiLayout layout)
    {
        var scales = fields.QFormCode > 0 || fields.SFormCode > 0;
        var slope = scales && double.IsFinite(fields.Slope) ? fields.Slope : 1;
        var intercept = scales && double.IsFinite(fields.Intercept) ? fields.Intercept : 0;
        return new StoredVoxels(layout.Type, fields.BigEndian, Math.Abs(slope) < double.Epsilon ? 1 : slope, intercept, ClearNonFinite: true);
    }

    private static ImageHeader HeaderOf(NiftiFile nifti, StoredVoxels stored)
    {
        var (layout, file) = (nifti.Layout, nifti.Path);
        var axes = layout.Size.Count;
        var spacing = Spacings(nifti.Fields, axes, file);
        var geometry = NiftiGeometry.Read(nifti.Fields, spacing[..Math.Min(axes, 3)], file);
        var (origin, direction) = (new double[axes], ImageHeader.IdentityDirection(axes));
        var inSpace = geometry.Origin.Count;
        for (var row = 0; row < inSpace; row++)
        {
            origin[row] = geometry.Origin[row];
            for (var column = 0; column < inSpace; column++) direction[(row * axes) + column] = geometry.Direction[(row * inSpace) + column];
        }

        return new ImageHeader
        {
            Format = $"NIfTI-{nifti.Fields.Version}",
            Type = stored.TypeAsRead,
            Kind = layout.Kind,
            Components = layout.Components,
            Size = layout.Size,
            Spacing = spacing,
            Origin = origin,
            Direction = direction,
        };
    }

    private static double[] Spacings(NiftiFields fields, int axes, string file)
    {
        var length = (fields.Units & 7) switch { 1 => 1e3, 3 => 1e-3, _ => 1.0 };
        var time = (fields.Units & 0x38) switch { 16 => 1e-3, 24 => 1e-6, _ => 1.0 };
        var spacing = new double[axes];
        for (var i = 0; i < axes; i++)
        {
            var step = fields.PixDim[i + 1];
            if (i < 3 && !double.IsFinite(step))
                throw new DataException(file, $"says a voxel measures {step} along axis {i} (pixdim[{i + 1}])", "correct the voxel size in the header");
            spacing[i] = (double.IsFinite(step) && step != 0 ? Math.Abs(step) : 1) * (i < 3 ? length : i == 3 ? time : 1);
            if (i < 3 && spacing[i] is < 1e-12 or > 1e12)
                throw new DataException(file, $"says a voxel measures {spacing[i]} mm along axis {i} (pixdim[{i + 1}])", "correct the voxel size in the header");
        }

        return spacing;
    }
}
