namespace ActorSeg.Compute.Imaging;

/// <summary>
/// nnU-Net's <c>NaturalImage2DIO</c> (spec 01 section 5): pictures as (channels, 1, rows, columns), each colour a channel, so that one RGB file stands
/// for three channel names; spacing 999, 1, 1. A TIFF stack whose slices are 3 or 4 pixels wide is a stack, which nnU-Net takes for a colour picture.
/// </summary>
public sealed class NaturalImage2DReaderWriter : IImageReaderWriter
{
    private static readonly Spacing Apart = new(999, 1, 1);

    /// <inheritdoc/>
    public string Name => "NaturalImage2DIO";

    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".png", ".bmp", ".tif"];

    /// <inheritdoc/>
    public CaseImage ReadImages(IReadOnlyList<string> files) => ChannelStacking.Stack(files, Read);

    /// <inheritdoc/>
    public CaseImage ReadLabels(string file)
    {
        var image = Read(file);
        return image.Data.Channels == 1 ? image : throw new DataException(
            file, $"has {image.Data.Channels} colours a pixel, but a label map has one number", "export it as grey picture whose values are the labels");
    }

    /// <inheritdoc/>
    public (VolumeShape Shape, Spacing Spacing) ReadHeader(string file)
    {
        using var source = Open(file);
        return (ShapeOf(source.Header), Apart);
    }

    /// <inheritdoc/>
    public void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry) =>
        ImageFormats.WriteLabels(file, labels, Flat(VoxelType.UInt8, shape));

    /// <inheritdoc/>
    public void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry) =>
        ImageFormats.Write(file, values, Flat(VoxelType.Float32, shape));

    private static ImageHeader Flat(VoxelType type, VolumeShape shape) => shape.Z == 1 ? ImageHeader.WithoutGeometry("", type, [shape.X, shape.Y])
        : throw new ArgumentException($"a picture has one slice, not {shape.Z}", nameof(shape));

    private static CaseImage Read(string file)
    {
        using var source = Open(file);
        var (header, values) = (source.Header, source.ReadArray<float>());
        var (shape, colours) = (ShapeOf(header), header.Components);
        if (colours == 1) return new CaseImage(new Volume<float>(1, shape, values), Apart, new SpacingOnlyGeometry(Apart));
        var volume = new Volume<float>(colours, shape);
        for (var c = 0; c < colours; c++)
        {
            var channel = volume.Channel(c);
            for (var i = 0; i < channel.Length; i++) channel[i] = values[(i * colours) + c];
        }

        return new CaseImage(volume, Apart, new SpacingOnlyGeometry(Apart));
    }

    private static ImageSource Open(string file)
    {
        var source = ImageFormats.Open(file);
        if (source.Header is { Axes: 2, Components: 1 or 3 or 4 }) return source;
        using (source)
        {
            throw new DataException(
                file, $"has {source.Header.Axes} axes and {source.Header.Components} numbers a pixel; NaturalImage2DIO reads grey, RGB and RGBA pictures",
                "name another reader in dataset.json, such as \"overwrite_image_reader_writer\": \"Tiff3DIO\" for TIFF stacks");
        }
    }

    private static VolumeShape ShapeOf(ImageHeader header) => new(1, header.Size[1], header.Size[0]);
}
