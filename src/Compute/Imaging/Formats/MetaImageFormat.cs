namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// MetaImage, header and voxels in one file (<c>.mha</c>) or apart (<c>.mhd</c>), as ITK understands it. ITK does not apply
/// ElementToIntensityFunctionSlope and -Offset, and leaves AnatomicalOrientation and CenterOfRotation alone; so does this reader.
/// </summary>
internal sealed class MetaImageFormat : IImageFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".mha", ".mhd"];

    /// <inheritdoc/>
    public ImageSource Open(string file)
    {
        var fields = MetaImageFields.Read(file);
        var size = SizeOf(fields, file);
        var type = TypeOf(fields.Required("ElementType"), file);
        var components = ImagePlace.Extent(fields.Whole("ElementNumberOfChannels", 1), file, "ElementNumberOfChannels");
        var header = ImageHeader.WithoutGeometry("MetaImage", type, size) with { Kind = components == 1 ? VoxelKind.Scalar : VoxelKind.Vector, Components = components };
        header = ImagePlace.Checked(Place(header, fields), file);

        var data = MetaImageData.Locate(fields, size, file);
        var text = data.Encoding == VoxelEncoding.Text;
        var values = ImagePlace.Product(size.Select(extent => (long)extent).Append(components));
        var bytes = text ? TextImageSource.FewestBytes(values) : ImagePlace.Product([values, type.Bytes()]);
        var stream = data.Open(bytes, ImagePlace.Describe(size, components, type));
        if (text) return new TextImageSource(file, header, stream);
        var bigEndian = fields.Flag("BinaryDataByteOrderMSB", fields.Flag("ElementByteOrderMSB", otherwise: false));
        return new RawImageSource(file, header, stream, new StoredVoxels(type, bigEndian));
    }

    /// <inheritdoc/>
    public void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged => MetaImageWriter.Write(file, values, header);

    private static ImageHeader Place(ImageHeader header, MetaImageFields fields)
    {
        var axes = header.Axes;
        // Each name is an older one of the same field; the first that is there counts.
        var origin = fields.Numbers(axes, "ImagePosition", "Origin", "Position", "Offset");
        var rows = fields.Numbers(axes * axes, "TransformMatrix", "Rotation", "Orientation");
        return header with
        {
            Spacing = fields.Numbers(axes, "ElementSpacing", "ElementSize") ?? header.Spacing,
            Origin = origin ?? header.Origin,
            // MetaIO keeps the direction of each axis as a row, ITK as a column.
            Direction = rows is null ? header.Direction : [.. Enumerable.Range(0, rows.Length).Select(i => rows[(i % axes * axes) + (i / axes)])],
        };
    }

    private static int[] SizeOf(MetaImageFields fields, string file)
    {
        var words = TextHeader.Words(fields.Required("DimSize"));
        if (words.Length < fields.Axes)
            throw new DataException(file, $"has {words.Length} numbers in 'DimSize' for {fields.Axes} axes", "its header is damaged; export the image again");
        return [.. words.Take(fields.Axes).Select((word, axis) => ImagePlace.Extent(TextHeader.Whole(word, file, $"DimSize[{axis}]"), file, $"DimSize[{axis}]"))];
    }

    private static VoxelType TypeOf(string text, string file) => text.ToUpperInvariant().Replace("_ARRAY", "") switch
    {
        "MET_CHAR" or "MET_ASCII_CHAR" => VoxelType.Int8,
        "MET_UCHAR" => VoxelType.UInt8,
        "MET_SHORT" => VoxelType.Int16,
        "MET_USHORT" => VoxelType.UInt16,
        // A long has 4 bytes in MetaIO, on any machine.
        "MET_INT" or "MET_LONG" => VoxelType.Int32,
        "MET_UINT" or "MET_ULONG" => VoxelType.UInt32,
        "MET_LONG_LONG" => VoxelType.Int64,
        "MET_ULONG_LONG" => VoxelType.UInt64,
        "MET_FLOAT" => VoxelType.Float32,
        "MET_DOUBLE" => VoxelType.Float64,
        _ => throw new DataException(file, $"says ElementType {TextHeader.Quote(text)}", "export it with integers or floats of at most 64 bits"),
    };
}
