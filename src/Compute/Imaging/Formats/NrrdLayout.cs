namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>What a NRRD header says of the array in the file: its axes as they lie there, fastest first.</summary>
/// <param name="Sizes">Of all axes.</param>
/// <param name="Type">Of one number.</param>
/// <param name="BigEndian">Byte order.</param>
/// <param name="Encoding">How the voxels are packed.</param>
/// <param name="Domain">The axes of the image; the others hold the numbers of a voxel.</param>
/// <param name="Kind">What the numbers of a voxel mean together.</param>
internal sealed record NrrdLayout(
    IReadOnlyList<int> Sizes, VoxelType Type, bool BigEndian, VoxelEncoding Encoding, IReadOnlyList<int> Domain, VoxelKind Kind)
{
    private const int MostAxes = 16;

    /// <summary>Numbers a voxel.</summary>
    public int Components => Range < 0 ? 1 : Sizes[Range];

    /// <summary>Whether the numbers of a voxel lie apart.</summary>
    public bool Planar => Range > 0 && Components > 1;

    /// <summary>All numbers; -1 when the product overflows.</summary>
    public long Values => ImagePlace.Product(Sizes.Select(size => (long)size));

    // At most one axis is not the image's.
    private int Range => Enumerable.Range(0, Sizes.Count).Except(Domain).DefaultIfEmpty(-1).First();

    /// <summary>What the header says, for errors.</summary>
    public override string ToString() => ImagePlace.Describe(Domain.Select(axis => Sizes[axis]), Components, Type);

    /// <summary>Checks the fields.</summary>
    /// <param name="fields">Of the header.</param>
    /// <param name="directions">One for each axis, null where an axis has none; null where there is no space.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">A field is missing, cannot be, or says what is not read.</exception>
    public static NrrdLayout Of(NrrdFields fields, IReadOnlyList<double[]?>? directions, string file)
    {
        var sizes = SizesOf(fields, file);
        var type = TypeOf(fields.Required("type", "type"), file);
        var encoding = EncodingOf(fields.Required("encoding", "encoding"), file);
        var (domain, kind) = Axes(fields, sizes, directions, file);
        return new NrrdLayout(sizes, type, IsBigEndian(fields, type, encoding, file), encoding, domain, kind);
    }

    /// <summary>Voxels along each axis of the array.</summary>
    /// <exception cref="DataException">A number is missing or cannot be.</exception>
    public static int[] SizesOf(NrrdFields fields, string file)
    {
        var axes = TextHeader.Whole(fields.Required("dimension", "dimension"), file, "dimension");
        if (axes is < 1 or > MostAxes) throw new DataException(file, $"says dimension {axes}", $"1 to {MostAxes} axes are read; its header may be damaged");
        var sizes = TextHeader.Words(fields.Required("sizes", "sizes"));
        if (sizes.Length != axes) throw new DataException(file, $"has {sizes.Length} sizes for {axes} axes", "its header is damaged; export the image again");
        return [.. sizes.Select((size, axis) => ImagePlace.Extent(TextHeader.Whole(size, file, $"sizes[{axis}]"), file, $"sizes[{axis}]"))];
    }

    private static (int[] Domain, VoxelKind Kind) Axes(NrrdFields fields, int[] sizes, IReadOnlyList<double[]?>? directions, string file)
    {
        var kinds = fields["kinds"] is { } text ? TextHeader.Words(text) : [.. Enumerable.Repeat("none", sizes.Length)];
        if (kinds.Length != sizes.Length) throw new DataException(file, $"has {kinds.Length} kinds for {sizes.Length} axes", "its header is damaged; export the image again");
        int[] range = [.. Enumerable.Range(0, sizes.Length).Where(axis => !IsDomain(kinds[axis]))];
        // A first axis outside of space, of no kind, in a file that has a direction for every other axis: the numbers of a voxel.
        if (range.Length == 0 && sizes.Length > 1 && directions is not null && directions[0] is null && directions.Skip(1).All(d => d is not null)) range = [0];
        if (range.Length > 1)
            throw new DataException(
                file, $"has {range.Length} axes that are not of space or time (kinds: {string.Join(" ", kinds)})", "one of them is read; export it otherwise");
        if (range.Length == 0) return ([.. Enumerable.Range(0, sizes.Length)], VoxelKind.Scalar);
        if (range[0] != 0 && range[0] != sizes.Length - 1 && sizes[range[0]] != 1)
            throw new DataException(file, $"has the numbers of a voxel along axis {range[0]}, between axes of the image", "export it with that axis first or last");
        if (sizes.Length == 1) throw new DataException(file, "has one voxel of several numbers, and no axis of space", "check what the file is");
        var (kind, components) = KindOf(kinds[range[0]], sizes[range[0]]);
        if (components != sizes[range[0]])
            throw new DataException(
                file, $"says kind {TextHeader.Quote(kinds[range[0]])} of an axis with {sizes[range[0]]} entries", "its header is damaged; export the image again");
        return ([.. Enumerable.Range(0, sizes.Length).Except(range)], components == 1 ? VoxelKind.Scalar : kind);
    }

    private static bool IsDomain(string kind) => kind.ToLowerInvariant() is "domain" or "space" or "time" or "none" or "???";

    private static (VoxelKind Kind, int Components) KindOf(string kind, int entries) => kind.ToLowerInvariant().Replace("-", "") switch
    {
        "rgbcolor" or "rgb" or "3color" => (VoxelKind.Rgb, 3),
        "rgbacolor" or "rgba" or "4color" => (VoxelKind.Rgba, 4),
        "complex" => (VoxelKind.Complex, 2),
        "scalar" or "stub" => (VoxelKind.Scalar, 1),
        _ => (VoxelKind.Vector, entries),
    };

    private static bool IsBigEndian(NrrdFields fields, VoxelType type, VoxelEncoding encoding, string file) => fields["endian"]?.ToLowerInvariant() switch
    {
        "little" => false,
        "big" => true,
        null when type.Bytes() == 1 || encoding == VoxelEncoding.Text => false,
        null => throw new DataException(file, $"has no field 'endian', which voxels of {type.NumpyName()} need", "add 'endian: little' if the program that wrote it ran on a PC"),
        var other => throw new DataException(file, $"says endian {TextHeader.Quote(other)}", "write little or big"),
    };

    private static VoxelEncoding EncodingOf(string text, string file) => text.ToLowerInvariant() switch
    {
        "raw" => VoxelEncoding.Raw,
        "gz" or "gzip" => VoxelEncoding.Deflate,
        "bz2" or "bzip2" => VoxelEncoding.Bzip2,
        "hex" => VoxelEncoding.Hex,
        "txt" or "text" or "ascii" => VoxelEncoding.Text,
        _ => throw new DataException(file, $"says encoding {TextHeader.Quote(text)}", "raw, gzip, bzip2, hex and ascii are read"),
    };

    private static VoxelType TypeOf(string text, string file) => text.ToLowerInvariant() switch
    {
        "signed char" or "int8" or "int8_t" => VoxelType.Int8,
        "uchar" or "unsigned char" or "uint8" or "uint8_t" => VoxelType.UInt8,
        "short" or "short int" or "signed short" or "signed short int" or "int16" or "int16_t" => VoxelType.Int16,
        "ushort" or "unsigned short" or "unsigned short int" or "uint16" or "uint16_t" => VoxelType.UInt16,
        "int" or "signed int" or "int32" or "int32_t" => VoxelType.Int32,
        "uint" or "unsigned int" or "uint32" or "uint32_t" => VoxelType.UInt32,
        "longlong" or "long long" or "long long int" or "signed long long" or "signed long long int" or "int64" or "int64_t" => VoxelType.Int64,
        "ulonglong" or "unsigned long long" or "unsigned long long int" or "uint64" or "uint64_t" => VoxelType.UInt64,
        "float" => VoxelType.Float32,
        "double" => VoxelType.Float64,
        _ => throw new DataException(file, $"says type {TextHeader.Quote(text)}", "export it with integers or floats of at most 64 bits"),
    };
}
