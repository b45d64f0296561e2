using System.Buffers.Binary;

namespace ActorSeg.Compute.Imaging;

/// <summary>How a voxel is stored; the numbers are NIfTI-1's data type codes.</summary>
internal enum NiftiType : short
{
    UInt8 = 2,
    Int16 = 4,
    Int32 = 8,
    Float32 = 16,
    Float64 = 64,
    Int8 = 256,
    UInt16 = 512,
    UInt32 = 768,
    Int64 = 1024,
    UInt64 = 1280,
}

/// <summary>What a NIfTI-1 header says, checked, as ITK understands it. Nothing in it has been used to allocate anything.</summary>
/// <param name="BigEndian">Byte order of header and voxels.</param>
/// <param name="Size">x, y(, z(, t)); axes of length 1 beyond the third are dropped as ITK drops them.</param>
/// <param name="Spacing">Of the first two or three axes in mm, x first; always positive.</param>
/// <param name="Type">Storage type of a voxel.</param>
/// <param name="Slope">Voxels become value * slope + intercept.</param>
/// <param name="Intercept">See <paramref name="Slope"/>.</param>
/// <param name="DataOffset">Where the voxels begin.</param>
/// <param name="Geometry">Spacing, origin and direction in LPS.</param>
internal sealed record NiftiHeader(
    bool BigEndian, IReadOnlyList<int> Size, IReadOnlyList<double> Spacing, NiftiType Type, double Slope, double Intercept, long DataOffset,
    ImageGeometry Geometry)
{
    /// <summary>Bytes of the header proper.</summary>
    public const int Bytes = 348;

    /// <summary>Channels of a 4D file, else 1.</summary>
    public int Channels => Size.Count == 4 ? Size[3] : 1;

    /// <summary>Reader axis order; a 2D image has one slice.</summary>
    public VolumeShape Shape => new(Size.Count > 2 ? Size[2] : 1, Size[1], Size[0]);

    /// <summary>Values in the file, all channels.</summary>
    public long Values => Shape.Voxels * Channels;

    /// <summary>Bytes of one stored value.</summary>
    public int ValueBytes => Type switch
    {
        NiftiType.UInt8 or NiftiType.Int8 => 1,
        NiftiType.Int16 or NiftiType.UInt16 => 2,
        NiftiType.Int32 or NiftiType.UInt32 or NiftiType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Whether values must be scaled.</summary>
    public bool Rescales => Math.Abs(Slope - 1) > double.Epsilon || Math.Abs(Intercept) > double.Epsilon;

    /// <summary>Reads the 348 bytes of a header.</summary>
    /// <exception cref="DataException">It is not NIfTI-1, or asks for what cannot be.</exception>
    public static NiftiHeader Parse(ReadOnlySpan<byte> bytes, string file)
    {
        const string Advice = "check that it is a NIfTI-1 image (one file, magic 'n+1') and export it again if need be";
        var big = IsBigEndian(bytes, file);
        if (!bytes[344..348].SequenceEqual("n+1\0"u8))
            throw new DataException(file, "has no NIfTI-1 magic 'n+1' in its header (Analyze, NIfTI-2 and header/image pairs are not read)", Advice);

        var size = Sizes(bytes, big, file);
        var type = (NiftiType)Short(bytes, 70, big);
        if (!Enum.IsDefined(type))
            throw new DataException(file, $"stores voxels as NIfTI data type {(short)type} ({Describe((short)type)})",
                "export it with one integer or float value a voxel");
        if (Short(bytes, 68, big) is 1005 or 1006 or 1007)
            throw new DataException(file, "holds vectors or matrices (intent code 1005 to 1007)", "export it with one value a voxel, one file a channel");

        var offset = Single(bytes, 108, big);
        if (!float.IsFinite(offset) || offset > int.MaxValue) throw new DataException(file, $"says its voxels begin at byte {offset} (vox_offset)", Advice);
        var (qform, sform) = (Short(bytes, 252, big), Short(bytes, 254, big));
        var spacing = Spacings(bytes, big, Math.Min(size.Length, 3), file);
        // ITK scales only where the file says how it lies in space; a file without qform and sform is taken for Analyze.
        var scales = qform > 0 || sform > 0;
        var slope = scales ? Finite(Single(bytes, 112, big)) : 1;
        return new NiftiHeader(
            big, size, spacing, type, Math.Abs(slope) < double.Epsilon ? 1 : slope, scales ? Finite(Single(bytes, 116, big)) : 0,
            Math.Max((long)offset, Bytes), NiftiGeometry.Read(bytes, big, spacing, file));
    }

    internal static short Short(ReadOnlySpan<byte> bytes, int at, bool big) =>
        big ? BinaryPrimitives.ReadInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadInt16LittleEndian(bytes[at..]);

    internal static float Single(ReadOnlySpan<byte> bytes, int at, bool big) =>
        big ? BinaryPrimitives.ReadSingleBigEndian(bytes[at..]) : BinaryPrimitives.ReadSingleLittleEndian(bytes[at..]);

    private static double Finite(float value) => float.IsFinite(value) ? value : 0;

    private static bool IsBigEndian(ReadOnlySpan<byte> bytes, string file)
    {
        if (Short(bytes, 40, false) is >= 1 and <= 7) return false;
        if (Short(bytes, 40, true) is >= 1 and <= 7) return true;
        throw new DataException(file, $"is not NIfTI-1 (dim[0] is {Short(bytes, 40, false)}, wanted 1 to 7)",
            "check what the file is; only NIfTI-1 images are read");
    }

    private static int[] Sizes(ReadOnlySpan<byte> bytes, bool big, string file)
    {
        int dimensions = Short(bytes, 40, big);
        var size = new int[dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            size[i] = Short(bytes, 42 + (2 * i), big);
            if (size[i] < 1 && i == 0) throw new DataException(file, $"has {size[i]} voxels along x (dim[1])", "the header is damaged; export the image again");
            size[i] = Math.Max(size[i], 1);
        }

        while (dimensions > 3 && size[dimensions - 1] == 1) dimensions--;
        if (dimensions is < 2 or > 4)
            throw new DataException(file, $"has {dimensions} dimensions ({string.Join(" x ", size)})", "2, 3 or (channels last) 4 are read");
        Array.Resize(ref size, dimensions);
        return size;
    }

    private static double[] Spacings(ReadOnlySpan<byte> bytes, bool big, int axes, string file)
    {
        var unit = (bytes[123] & 7) switch { 1 => 1e3, 3 => 1e-3, _ => 1.0 };
        var spacing = new double[axes];
        for (var i = 0; i < axes; i++)
        {
            var length = Single(bytes, 80 + (4 * i), big);
            spacing[i] = (float.IsFinite(length) && length != 0 ? Math.Abs((double)length) : 1) * unit;
            if (spacing[i] is < 1e-12 or > 1e12)
                throw new DataException(file, $"says a voxel measures {spacing[i]} mm along axis {i} (pixdim)", "correct the voxel size in the header");
        }

        return spacing;
    }

    private static string Describe(short type) => type switch
    {
        32 or 1792 or 2048 => "complex",
        128 => "RGB",
        2304 => "RGBA",
        1536 => "128-bit float",
        1 => "single bits",
        _ => "unknown",
    };
}
