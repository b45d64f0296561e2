using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Writes NIfTI-1: single files and pairs, plain or gzip, little-endian, unscaled.</summary>
internal static class NiftiWriter
{
    /// <summary>Writes an image durably.</summary>
    /// <param name="file"><c>.nii</c>, <c>.nii.gz</c>, or the header or image of a pair: both are written then.</param>
    /// <param name="values">x fastest after the components of a voxel.</param>
    /// <param name="header">Size, kind and components; at most 7 axes.</param>
    /// <param name="place">Writes qform, sform and pixdim[1] to [3] into the 348 bytes.</param>
    /// <exception cref="DataException">An extent or a type is not NIfTI's.</exception>
    public static void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header, Placement place) where T : unmanaged =>
        WriteAs<T, T>(file, values, header, place);

    /// <summary>As <see cref="Write"/>, with labels below 256 narrowed to uint8 as they go out.</summary>
    public static void WriteNarrow(string file, ReadOnlySpan<ushort> labels, ImageHeader header, Placement place) =>
        WriteAs<ushort, byte>(file, labels, header, place);

    private static void WriteAs<T, TStored>(string file, ReadOnlySpan<T> values, ImageHeader header, Placement place) where T : unmanaged where TStored : unmanaged
    {
        if (values.Length != header.Values) throw new ArgumentException($"the image needs {header.Values} values, got {values.Length}", nameof(values));
        var zipped = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var packing = zipped ? VoxelPacking.Gzip : VoxelPacking.None;
        var plain = zipped ? file[..^3] : file;
        var paired = plain.EndsWith(".hdr", StringComparison.OrdinalIgnoreCase) || plain.EndsWith(".img", StringComparison.OrdinalIgnoreCase);
        var bytes = HeaderBytes<TStored>(file, header, paired);
        place(bytes);
        var planar = header.Kind == VoxelKind.Vector ? Planar(values, header.Components) : values;
        if (!paired)
        {
            VoxelFile.SaveAs<T, TStored>(file, packing, bytes, planar);
            return;
        }

        // The image first: a header without its image is refused, an image alone is nothing yet.
        var suffix = zipped ? ".gz" : "";
        VoxelFile.SaveAs<T, TStored>($"{plain[..^4]}.img{suffix}", packing, [], planar);
        VoxelFile.Save<byte>($"{plain[..^4]}.hdr{suffix}", packing, bytes, []);
    }

    /// <summary>Writes an orientation into the 348 bytes of a header.</summary>
    public delegate void Placement(Span<byte> header);

    private static byte[] HeaderBytes<T>(string file, ImageHeader image, bool paired) where T : unmanaged
    {
        var vector = image.Kind == VoxelKind.Vector;
        var size = vector ? [.. image.Size, .. Enumerable.Repeat(1, Math.Max(0, 4 - image.Axes)), image.Components] : image.Size;
        if (size.Count > 7 || size.Any(extent => extent > short.MaxValue))
            throw new DataException(
                file, $"cannot hold {string.Join(" x ", image.Size)} voxels: NIfTI-1 ends at {short.MaxValue} an axis and 7 axes", "crop the image, or write another format");

        var header = new byte[NiftiFields.Bytes1 + 4];
        BinaryPrimitives.WriteInt32LittleEndian(header, NiftiFields.Bytes1);
        header[38] = (byte)'r';
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(40), (short)size.Count);
        for (var i = 0; i < 7; i++) BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(42 + (2 * i)), i < size.Count ? (short)size[i] : (short)1);
        if (vector) BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(68), 1007);
        var (code, numbers) = TypeCode(VoxelTypes.Of<T>(), image.Kind, file);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(70), code);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(72), (short)(8 * numbers * Marshal.SizeOf<T>()));
        for (var i = 0; i < 7; i++) BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(80 + (4 * i)), i < image.Axes ? (float)image.Spacing[i] : 1);
        if (!paired) BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(108), header.Length);
        BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(112), 1);
        header[123] = 2 | 8; // millimetres and seconds
        (paired ? "ni1\0"u8 : "n+1\0"u8).CopyTo(header.AsSpan(344));
        return paired ? header[..NiftiFields.Bytes1] : header;
    }

    private static (short Code, int Numbers) TypeCode(VoxelType type, VoxelKind kind, string file) => (type, kind) switch
    {
        (VoxelType.UInt8, VoxelKind.Rgb) => (128, 3),
        (VoxelType.UInt8, VoxelKind.Rgba) => (2304, 4),
        (VoxelType.Float32, VoxelKind.Complex) => (32, 2),
        (VoxelType.Float64, VoxelKind.Complex) => (1792, 2),
        (_, not (VoxelKind.Scalar or VoxelKind.Vector)) => throw new DataException(
            file, $"cannot hold {kind} voxels of {type.NumpyName()}", "NIfTI has colours of uint8 and complex numbers of float32 or float64 only"),
        (VoxelType.UInt8, _) => (2, 1),
        (VoxelType.Int16, _) => (4, 1),
        (VoxelType.Int32, _) => (8, 1),
        (VoxelType.Float32, _) => (16, 1),
        (VoxelType.Float64, _) => (64, 1),
        (VoxelType.Int8, _) => (256, 1),
        (VoxelType.UInt16, _) => (512, 1),
        (VoxelType.UInt32, _) => (768, 1),
        (VoxelType.Int64, _) => (1024, 1),
        _ => (1280, 1),
    };

    private static T[] Planar<T>(ReadOnlySpan<T> values, int components)
    {
        var planar = new T[values.Length];
        var plane = values.Length / components;
        for (var i = 0; i < values.Length; i++) planar[(i % components * plane) + (i / components)] = values[i];
        return planar;
    }
}
