using System.Text;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Writes NRRD as ITK does: gzip, little-endian, in a space of as many axes as the image, which is LPS for three.</summary>
internal static class NrrdWriter
{
    /// <summary>Writes an image durably.</summary>
    /// <param name="file"><c>.nrrd</c>, or <c>.nhdr</c> with a file <c>.raw.gz</c> beside it.</param>
    /// <param name="values">x fastest after the components of a voxel.</param>
    /// <param name="header">Size, components and place.</param>
    /// <exception cref="DataException">NRRD cannot hold so many axes, or the data file's name.</exception>
    public static void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged
    {
        if (values.Length != header.Values) throw new ArgumentException($"the image needs {header.Values} values, got {values.Length}", nameof(values));
        if (header.Axes > 8) throw new DataException(file, $"cannot hold {header.Axes} axes of space", "NRRD ends at 8; crop the image");
        if (!file.EndsWith(".nhdr", StringComparison.OrdinalIgnoreCase))
        {
            VoxelFile.Save(file, VoxelPacking.GzipBehindHeader, Text<T>(header, null), values);
            return;
        }

        var data = $"{file[..^5]}.raw.gz";
        DataFiles.CheckWritable(file, Path.GetFileName(data));
        // The voxels first: a header without its voxels is refused, voxels alone are nothing yet.
        VoxelFile.Save(data, VoxelPacking.Gzip, [], values);
        VoxelFile.Save<byte>(file, VoxelPacking.None, Text<T>(header, Path.GetFileName(data)), []);
    }

    private static byte[] Text<T>(ImageHeader image, string? data) where T : unmanaged
    {
        var axes = image.Axes;
        var several = image.Components > 1;
        var type = VoxelTypes.Of<T>();
        var steps = Enumerable.Range(0, axes).Select(axis =>
            Vector(Enumerable.Range(0, axes).Select(row => image.Direction[(row * axes) + axis] * image.Spacing[axis])));
        var domains = Enumerable.Repeat("domain", axes);
        var text = new StringBuilder("NRRD0005\n# http://teem.sourceforge.net/nrrd/format.html\n");
        Line("type", type.NumpyName() switch { "float32" => "float", "float64" => "double", var name => name });
        Line("dimension", $"{axes + (several ? 1 : 0)}");
        if (axes == 3) Line("space", "left-posterior-superior");
        else Line("space dimension", $"{axes}");
        Line("sizes", string.Join(' ', several ? image.Size.Prepend(image.Components) : image.Size));
        Line("space directions", string.Join(' ', several ? steps.Prepend("none") : steps));
        Line("kinds", string.Join(' ', several ? domains.Prepend(KindOf(image)) : domains));
        if (type.Bytes() > 1) Line("endian", "little");
        Line("encoding", "gzip");
        Line("space origin", Vector(image.Origin));
        if (data is not null) Line("data file", data);
        else text.Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());

        void Line(string field, string value) => text.Append(field).Append(": ").Append(value).Append('\n');
    }

    private static string Vector(IEnumerable<double> numbers) => $"({string.Join(',', numbers.Select(TextHeader.Exact))})";

    private static string KindOf(ImageHeader image) => (image.Kind, image.Components) switch
    {
        (VoxelKind.Rgb, 3) => "RGB-color",
        (VoxelKind.Rgba, 4) => "RGBA-color",
        (VoxelKind.Complex, 2) => "complex",
        _ => "vector",
    };
}
