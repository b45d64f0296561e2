using System.Buffers.Binary;
using System.IO.Compression;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// GIPL: 256 bytes of header and voxels, all big-endian, plain or gzip, as ITK has it. The format has spacing and origin, but no orientation.
/// </summary>
internal sealed class GiplFormat : IImageFormat
{
    private const int HeaderBytes = 256, MagicAt = 252;
    private const uint Magic = 0xefffe9b0, OtherMagic = 0x2ae389b8;
    private const string Damaged = "its header is damaged; export the image again";

    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".gipl", ".gipl.gz"];

    /// <inheritdoc/>
    public ImageSource Open(string file) => ImageFile.Guard(file, () =>
    {
        var (stream, length) = Opened(file);
        try
        {
            var bytes = new byte[HeaderBytes];
            stream.ReadExactly(bytes);
            if (!HasMagic(bytes))
                throw new DataException(file, "has no GIPL magic (719555000 or 4026526128 at byte 252)", "check what the file is, and export it as GIPL");
            var header = HeaderOf(bytes, file);
            var size = ImagePlace.Product(header.Size.Select(extent => (long)extent).Append(header.Type.Bytes()));
            ImageFile.CheckHolds(file, size, length - HeaderBytes, ImagePlace.Describe(header.Size, 1, header.Type));
            return new RawImageSource(file, header, stream, new StoredVoxels(header.Type, BigEndian: true));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    });

    /// <inheritdoc/>
    public void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged
    {
        if (values.Length != header.Values) throw new ArgumentException($"the image needs {header.Values} values, got {values.Length}", nameof(values));
        var zipped = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        VoxelFile.Save(file, zipped ? VoxelPacking.Gzip : VoxelPacking.None, HeaderBytesOf<T>(file, header), values, bigEndian: true);
    }

    private static (Stream Stream, long Length) Opened(string file)
    {
        var raw = ImageFile.OpenRead(file);
        var start = new byte[HeaderBytes];
        var read = raw.ReadAtLeast(start, HeaderBytes, throwOnEndOfStream: false);
        raw.Position = 0;
        // The content decides, not the name. An image of 8075 columns begins with gzip's magic, so GIPL's own is looked for first.
        if ((read == HeaderBytes && HasMagic(start)) || !ImageFile.IsGzip(raw)) return (raw, raw.Length);
        return (new GZipStream(raw, CompressionMode.Decompress), checked(raw.Length * ImageFile.DeflateExpansion));
    }

    private static bool HasMagic(byte[] header) => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(MagicAt)) is Magic or OtherMagic;

    private static ImageHeader HeaderOf(byte[] bytes, string file)
    {
        // The first zero ends the axes; a fourth axis of 1 is none.
        int[] size = [.. Enumerable.Range(0, 4).Select(axis => (int)BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * axis))).TakeWhile(extent => extent > 0)];
        if (size.Length == 0) throw new DataException(file, "has 0 voxels along axis 0", Damaged);
        var code = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(8));
        var header = ImageHeader.WithoutGeometry("GIPL", TypeOf(code, file), size);
        return ImagePlace.Checked(
            header with
            {
                Spacing = [.. Enumerable.Range(0, size.Length).Select(axis => (double)BinaryPrimitives.ReadSingleBigEndian(bytes.AsSpan(10 + (4 * axis))))],
                Origin = [.. Enumerable.Range(0, size.Length).Select(axis => BinaryPrimitives.ReadDoubleBigEndian(bytes.AsSpan(204 + (8 * axis))))],
            },
            file);
    }

    private static VoxelType TypeOf(int code, string file) => code switch
    {
        // Binary images have a byte a voxel too.
        1 or 8 => VoxelType.UInt8,
        7 => VoxelType.Int8,
        15 => VoxelType.Int16,
        16 => VoxelType.UInt16,
        31 => VoxelType.UInt32,
        32 => VoxelType.Int32,
        64 => VoxelType.Float32,
        65 => VoxelType.Float64,
        _ => throw new DataException(file, $"stores voxels as GIPL type {code}", "export it with integers of at most 32 bits, or floats"),
    };

    private static byte[] HeaderBytesOf<T>(string file, ImageHeader image) where T : unmanaged
    {
        var type = VoxelTypes.Of<T>();
        if (image.Components != 1 || type is VoxelType.Int64 or VoxelType.UInt64)
            throw new DataException(
                file, $"cannot hold {image.Components} x {type.NumpyName()} a voxel",
                "GIPL has one number a voxel, integers of at most 32 bits or floats; write another format");
        if (image.Axes > 4 || image.Size.Any(extent => extent > ushort.MaxValue))
            throw new DataException(file, $"cannot hold {string.Join(" x ", image.Size)} voxels", $"GIPL ends at {ushort.MaxValue} an axis and 4 axes; write another format");
        if (image.Direction.Zip(ImageHeader.IdentityDirection(image.Axes)).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-6))
            throw new DataException(
                file, $"cannot hold an image whose axes are turned (direction {string.Join(" ", image.Direction)})", "GIPL has no orientation; write another format");
        var header = new byte[HeaderBytes];
        for (var axis = 0; axis < 4; axis++)
        {
            // ITK counts the axes by their extents: 0 says that there is no third.
            var extent = axis < image.Axes ? image.Size[axis] : axis == 3 && image.Axes == 3 ? 1 : 0;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2 * axis), (ushort)extent);
            BinaryPrimitives.WriteSingleBigEndian(header.AsSpan(10 + (4 * axis)), axis < image.Axes ? (float)image.Spacing[axis] : 1);
            BinaryPrimitives.WriteDoubleBigEndian(header.AsSpan(204 + (8 * axis)), axis < image.Axes ? image.Origin[axis] : 0);
        }

        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(8), type switch
        {
            VoxelType.Int8 => 7,
            VoxelType.UInt8 => 8,
            VoxelType.Int16 => 15,
            VoxelType.UInt16 => 16,
            VoxelType.UInt32 => 31,
            VoxelType.Int32 => 32,
            VoxelType.Float32 => 64,
            _ => 65,
        });
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(MagicAt), Magic);
        return header;
    }
}
