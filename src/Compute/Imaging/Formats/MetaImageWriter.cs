using System.Globalization;
using System.Text;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Writes MetaImage as ITK does when it compresses: zlib, little-endian.</summary>
internal static class MetaImageWriter
{
    /// <summary>Writes an image durably.</summary>
    /// <param name="file"><c>.mha</c>, or <c>.mhd</c> with a file <c>.zraw</c> beside it.</param>
    /// <param name="values">x fastest after the components of a voxel.</param>
    /// <param name="header">Size, components and place. What the components mean is not kept: the format has no field for it.</param>
    /// <exception cref="DataException">MetaImage cannot hold so many axes, or the data file's name.</exception>
    public static void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged
    {
        if (values.Length != header.Values) throw new ArgumentException($"the image needs {header.Values} values, got {values.Length}", nameof(values));
        if (header.Axes > 10) throw new DataException(file, $"cannot hold {header.Axes} axes", "MetaImage ends at 10; crop the image");
        if (!file.EndsWith(".mhd", StringComparison.OrdinalIgnoreCase))
        {
            VoxelFile.Save(file, VoxelPacking.ZlibBehindHeader, Text<T>(header, 0, "LOCAL"), values, final: packed => Text<T>(header, packed, "LOCAL"));
            return;
        }

        var data = $"{file[..^4]}.zraw";
        DataFiles.CheckWritable(file, Path.GetFileName(data));
        // The voxels first: a header without its voxels is refused, voxels alone are nothing yet.
        var packed = VoxelFile.Save(data, VoxelPacking.ZlibBehindHeader, [], values);
        VoxelFile.Save<byte>(file, VoxelPacking.None, Text<T>(header, packed, Path.GetFileName(data)), []);
    }

    private static byte[] Text<T>(ImageHeader image, long packed, string data) where T : unmanaged
    {
        var axes = image.Axes;
        // MetaIO keeps the direction of each axis as a row, ITK as a column.
        var rows = Enumerable.Range(0, axes * axes).Select(i => image.Direction[(i % axes * axes) + (i / axes)]);
        var text = new StringBuilder();
        Line("ObjectType", "Image");
        Line("NDims", $"{axes}");
        Line("BinaryData", "True");
        Line("BinaryDataByteOrderMSB", "False");
        Line("CompressedData", "True");
        // As wide for any number: it is filled in when the voxels behind it have been written.
        Line("CompressedDataSize", packed.ToString(CultureInfo.InvariantCulture).PadLeft(20));
        Line("TransformMatrix", Numbers(rows));
        Line("Offset", Numbers(image.Origin));
        Line("CenterOfRotation", Numbers(new double[axes]));
        Line("ElementSpacing", Numbers(image.Spacing));
        Line("DimSize", string.Join(' ', image.Size));
        if (image.Components > 1) Line("ElementNumberOfChannels", $"{image.Components}");
        Line("ElementType", TypeName(VoxelTypes.Of<T>()));
        Line("ElementDataFile", data);
        return Encoding.UTF8.GetBytes(text.ToString());

        void Line(string field, string value) => text.Append(field).Append(" = ").Append(value).Append('\n');
    }

    private static string Numbers(IEnumerable<double> numbers) => string.Join(' ', numbers.Select(TextHeader.Exact));

    private static string TypeName(VoxelType type) => type switch
    {
        VoxelType.Int8 => "MET_CHAR",
        VoxelType.UInt8 => "MET_UCHAR",
        VoxelType.Int16 => "MET_SHORT",
        VoxelType.UInt16 => "MET_USHORT",
        VoxelType.Int32 => "MET_INT",
        VoxelType.UInt32 => "MET_UINT",
        VoxelType.Int64 => "MET_LONG_LONG",
        VoxelType.UInt64 => "MET_ULONG_LONG",
        VoxelType.Float32 => "MET_FLOAT",
        _ => "MET_DOUBLE",
    };
}
