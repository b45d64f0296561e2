namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Size, type and place in the file of a NIfTI image's voxels: what all readers of the format agree on.</summary>
/// <param name="Size">x first; axes of length 1 beyond the third are left out, and so is the axis of a vector.</param>
/// <param name="Type">Of one number.</param>
/// <param name="Kind">What the numbers of a voxel mean together.</param>
/// <param name="Components">Numbers a voxel.</param>
/// <param name="Planar">Whether components lie apart in the file.</param>
/// <param name="Offset">Byte of the first voxel in its file.</param>
internal sealed record NiftiLayout(IReadOnlyList<int> Size, VoxelType Type, VoxelKind Kind, int Components, bool Planar, long Offset)
{
    private const int Vector = 1007, SymmetricMatrix = 1005, Matrix = 1006, FirstConnectivity = 3000, LastConnectivity = 3099;

    /// <summary>Bytes of all voxels; negative when the product overflows.</summary>
    public long Bytes => Size.Select(extent => (long)extent).Append(Components).Append(Type.Bytes())
        .Aggregate(1L, (product, n) => product < 0 || Math.BigMul(product, n) > long.MaxValue ? -1 : product * n);

    /// <summary>What the header says, for errors.</summary>
    public override string ToString() =>
        $"{string.Join(" x ", Size)} voxels of {(Components == 1 ? "" : $"{Components} x ")}{Type.NumpyName()}";

    /// <summary>Checks the fields.</summary>
    /// <exception cref="DataException">A dimension, the data type, the intent or the offset cannot be, or is not read.</exception>
    public static NiftiLayout Of(NiftiFields fields, string file)
    {
        var (type, kind, components) = TypeOf(fields, file);
        var dimensions = Dimensions(fields, file);
        var planar = false;
        if (fields.Intent is >= FirstConnectivity and <= LastConnectivity)
            throw new DataException(file, $"is a CIFTI-2 file of connectivity or grey ordinates (intent code {fields.Intent}), not an image", "export its volume as NIfTI");
        if (fields.Intent == Matrix)
            throw new DataException(file, "holds a matrix a voxel (intent code 1006)", "export its elements as one file each");
        if (fields.Intent is Vector or SymmetricMatrix && kind == VoxelKind.Scalar && dimensions.Length > 4)
        {
            // The fifth axis holds the vector's elements, the first four are the image (where longer than 1).
            (components, kind, planar) = (dimensions[4], VoxelKind.Vector, true);
            dimensions = dimensions[..4];
            while (dimensions.Length > 1 && dimensions[^1] == 1) dimensions = dimensions[..^1];
        }

        while (dimensions.Length > 3 && dimensions[^1] == 1) dimensions = dimensions[..^1];
        return new NiftiLayout(dimensions, type, kind, components, planar, OffsetOf(fields, file));
    }

    private static int[] Dimensions(NiftiFields fields, string file)
    {
        var dimensions = new int[fields.Dim[0]];
        for (var i = 0; i < dimensions.Length; i++)
        {
            var extent = fields.Dim[i + 1];
            // niftilib takes 0 and less for 1, except along x; so do files that leave unused axes empty.
            if (extent > int.MaxValue || (extent < 1 && i == 0) || extent < 0)
                throw new DataException(file, $"has {extent} voxels along axis {i} (dim[{i + 1}])", "its header is damaged; export the image again");
            dimensions[i] = Math.Max((int)extent, 1);
        }

        return dimensions;
    }

    private static (VoxelType Type, VoxelKind Kind, int Components) TypeOf(NiftiFields fields, string file) => fields.DataType switch
    {
        2 => (VoxelType.UInt8, VoxelKind.Scalar, 1),
        4 => (VoxelType.Int16, VoxelKind.Scalar, 1),
        8 => (VoxelType.Int32, VoxelKind.Scalar, 1),
        16 => (VoxelType.Float32, VoxelKind.Scalar, 1),
        32 => (VoxelType.Float32, VoxelKind.Complex, 2),
        64 => (VoxelType.Float64, VoxelKind.Scalar, 1),
        128 => (VoxelType.UInt8, VoxelKind.Rgb, 3),
        256 => (VoxelType.Int8, VoxelKind.Scalar, 1),
        512 => (VoxelType.UInt16, VoxelKind.Scalar, 1),
        768 => (VoxelType.UInt32, VoxelKind.Scalar, 1),
        1024 => (VoxelType.Int64, VoxelKind.Scalar, 1),
        1280 => (VoxelType.UInt64, VoxelKind.Scalar, 1),
        1792 => (VoxelType.Float64, VoxelKind.Complex, 2),
        2304 => (VoxelType.UInt8, VoxelKind.Rgba, 4),
        var code => throw new DataException(
            file, $"stores voxels as NIfTI data type {code} ({Describe(code)})", "export it with integers or floats of at most 64 bits"),
    };

    private static long OffsetOf(NiftiFields fields, string file)
    {
        if (!double.IsFinite(fields.Offset) || fields.Offset > 1L << 40 || fields.Offset < 0)
            throw new DataException(file, $"says its voxels begin at byte {fields.Offset} (vox_offset)", "its header is damaged; export the image again");
        return fields.Paired ? (long)fields.Offset : Math.Max((long)fields.Offset, fields.HeaderBytes);
    }

    private static string Describe(int code) => code switch
    {
        1 => "single bits",
        1536 => "128-bit floats",
        2048 => "256-bit complex numbers",
        _ => "unknown",
    };
}
