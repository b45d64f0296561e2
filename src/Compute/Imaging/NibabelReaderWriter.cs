using ActorSeg.Compute.Imaging.Formats;

namespace ActorSeg.Compute.Imaging;

/// <summary>
/// nnU-Net's <c>NibabelIO</c> and <c>NibabelIOWithReorient</c> (spec 01 section 5): NIfTI with nibabel's view of the header; exactly three axes;
/// arrays as (z, y, x), turned to the closest R, A, S where asked.
/// </summary>
/// <param name="reorient">Turn arrays on reading, and back on writing.</param>
public sealed class NibabelReaderWriter(bool reorient) : IImageReaderWriter
{
    /// <inheritdoc/>
    public string Name => reorient ? "NibabelIOWithReorient" : "NibabelIO";

    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".nii", ".nii.gz"];

    /// <inheritdoc/>
    public CaseImage ReadImages(IReadOnlyList<string> files) => ChannelStacking.Stack(files, Read);

    /// <inheritdoc/>
    public CaseImage ReadLabels(string file) => Read(file);

    /// <inheritdoc/>
    public (VolumeShape Shape, Spacing Spacing) ReadHeader(string file)
    {
        using var nifti = NibabelFile.Open(file);
        var (shape, turn, spacing) = Layout(nifti);
        return (turn.Turned(shape), spacing);
    }

    /// <inheritdoc/>
    public void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry)
    {
        var (values, header) = Stored(labels, shape, geometry);
        if (LabelWriting.Fits(values)) NiftiWriter.WriteNarrow(file, values, header, Placement(header));
        else NiftiWriter.Write(file, values, header, Placement(header));
    }

    /// <inheritdoc/>
    public void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry)
    {
        var (stored, header) = Stored(values, shape, geometry);
        NiftiWriter.Write(file, stored, header, Placement(header));
    }

    // nibabel's defaults for a new image: sform code 2, qform code 0.
    private static NiftiWriter.Placement Placement(ImageHeader header) => bytes => NiftiGeometry.Write(bytes, header.Geometry, qcode: 0, scode: 2);

    private static Turned<T> Stored<T>(ReadOnlySpan<T> values, VolumeShape shape, ImageGeometry geometry) where T : unmanaged
    {
        var affine = geometry is NibabelGeometry { Original: var original } ? original : Affine.Of(geometry);
        if (geometry is NibabelGeometry { Reoriented: not null })
        {
            // shape is of the turned array; turning it with the inverse orientation gives the file's.
            var turn = Orientation.Of(affine);
            var stored = Unturned(turn, shape);
            values = turn.TurnBack(values, stored);
            shape = stored;
        }

        return new(values, ImageHeader.Scalar(VoxelTypes.Of<T>(), shape, affine.ToGeometry()));
    }

    private readonly ref struct Turned<T>(ReadOnlySpan<T> values, ImageHeader header)
    {
        private readonly ReadOnlySpan<T> _values = values;

        public void Deconstruct(out ReadOnlySpan<T> values, out ImageHeader header)
        {
            values = _values;
            header = Header;
        }

        private ImageHeader Header { get; } = header;
    }

    private static VolumeShape Unturned(Orientation turn, VolumeShape turned)
    {
        int[] world = [turned.X, turned.Y, turned.Z];
        return new VolumeShape(world[turn.WorldOf(2)], world[turn.WorldOf(1)], world[turn.WorldOf(0)]);
    }

    private CaseImage Read(string file)
    {
        using var nifti = NibabelFile.Open(file);
        var (shape, turn, spacing) = Layout(nifti);
        var values = nifti.Source.ReadArray<float>();
        if (!turn.IsRas) values = turn.Turn<float>(values, shape);
        var geometry = new NibabelGeometry(nifti.Affine, reorient ? turn.Turned(nifti.Affine, shape) : null);
        return new CaseImage(new Volume<float>(1, turn.Turned(shape), values), spacing, geometry);
    }

    // An array that need not be turned keeps the header's zooms; a turned one gets those of its affine.
    private (VolumeShape Shape, Orientation Turn, Spacing Spacing) Layout(NibabelFile nifti)
    {
        var header = nifti.Source.Header;
        if (header.Axes != 3 || header.Components != 1)
            throw new DataException(
                nifti.Source.File, $"has {header.Axes} axes and {header.Components} numbers a voxel; {Name} reads 3 axes and 1 number",
                "export it as one 3D file a channel, or set \"overwrite_image_reader_writer\": \"SimpleITKIO\"");
        var shape = new VolumeShape(header.Size[2], header.Size[1], header.Size[0]);
        var turn = reorient ? Orientation.Of(nifti.Affine) : Orientation.Parse("RAS");
        var zooms = turn.IsRas ? nifti.Zooms : turn.Turned(nifti.Affine, shape).Steps();
        return (shape, turn, new Spacing(zooms[2], zooms[1], zooms[0]));
    }
}
