namespace ActorSeg.Compute.Imaging;

/// <summary>
/// nnU-Net's <c>SimpleITKIO</c> (spec 01 section 5): arrays in file order (z, y, x), no reorientation, 2D images as one slice, the fourth axis of
/// a 4D file as channels. Every format of <see cref="ImageFormats"/>, with ITK's semantics.
/// </summary>
public sealed class SimpleItkReaderWriter : IImageReaderWriter
{
    /// <inheritdoc/>
    public string Name => "SimpleITKIO";

    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".nii.gz", ".nrrd", ".mha", ".gipl"];

    /// <inheritdoc/>
    public CaseImage ReadImages(IReadOnlyList<string> files) => ChannelStacking.Stack(files, Read);

    /// <inheritdoc/>
    public CaseImage ReadLabels(string file)
    {
        var image = Read(file);
        return image.Data.Channels == 1 ? image
            : throw new DataException(file, $"has {image.Data.Channels} channels, but a label map has one",
                "store one label a voxel; overlapping structures are declared as regions");
    }

    /// <inheritdoc/>
    public (VolumeShape Shape, Spacing Spacing) ReadHeader(string file)
    {
        using var source = ImageFormats.Open(file);
        Check(source);
        return (ShapeOf(source.Header), SpacingOf(source.Header));
    }

    /// <inheritdoc/>
    public void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry) =>
        ImageFormats.WriteLabels(file, labels, ImageHeader.Scalar(VoxelType.UInt8, shape, geometry));

    /// <inheritdoc/>
    public void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry) =>
        ImageFormats.Write(file, values, ImageHeader.Scalar(VoxelType.Float32, shape, geometry));

    private static CaseImage Read(string file)
    {
        using var source = ImageFormats.Open(file);
        Check(source);
        var header = source.Header;
        var channels = header.Axes == 4 ? header.Size[3] : 1;
        return new CaseImage(new Volume<float>(channels, ShapeOf(header), source.ReadArray<float>()), SpacingOf(header), header.Geometry);
    }

    private static void Check(ImageSource source)
    {
        var header = source.Header;
        if (header.Components != 1)
            throw new DataException(source.File, $"holds {header.Components} numbers a voxel ({header.Kind})", "export it with one value a voxel, one file a channel");
        if (header.Axes is < 2 or > 4)
            throw new DataException(source.File, $"has {header.Axes} axes ({string.Join(" x ", header.Size)})", "2, 3 or (channels last) 4 are read");
    }

    private static VolumeShape ShapeOf(ImageHeader header) => new(header.Axes > 2 ? header.Size[2] : 1, header.Size[1], header.Size[0]);

    // A 2D image gets a slice distance far above any in-plane spacing, so that no planner ever takes it for a volume.
    private static Spacing SpacingOf(ImageHeader header) => header.Axes > 2
        ? new Spacing(header.Spacing[2], header.Spacing[1], header.Spacing[0])
        : new Spacing(999 * Math.Max(header.Spacing[0], header.Spacing[1]), header.Spacing[1], header.Spacing[0]);
}
