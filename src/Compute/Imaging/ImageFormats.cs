using ActorSeg.Compute.Imaging.Formats;

namespace ActorSeg.Compute.Imaging;

/// <summary>Image files of any format this version knows, found by their ending.</summary>
public static class ImageFormats
{
    private static readonly IImageFormat[] Known =
    [
        new NiftiFormat(), new NrrdFormat(), new MetaImageFormat(), new GiplFormat(), new TiffFormat(), new PngFormat(), new PictureFormat(),
    ];

    /// <summary>Endings that are read and written, lower case with dot.</summary>
    public static IEnumerable<string> Endings => Known.SelectMany(format => format.Endings);

    /// <summary>The ending of a file that names its format, lower case; the longest that fits; null where there is none.</summary>
    public static string? EndingOf(string file) => Endings.Where(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).MaxBy(ending => ending.Length);

    /// <summary>Opens an image with ITK's view of its header; nothing of its voxels is read yet.</summary>
    /// <exception cref="DataException">The file is missing, of no known format, damaged, or lies about its size.</exception>
    public static ImageSource Open(string file) => Of(file).Open(file);

    /// <summary>Writes an image durably, in the format its ending names.</summary>
    /// <param name="file">Its folder exists.</param>
    /// <param name="values">x fastest after the components of a voxel; stored as <typeparamref name="T"/>.</param>
    /// <param name="header">Size, components and place.</param>
    /// <exception cref="DataException">No format has this ending, or the format cannot hold such an image.</exception>
    public static void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged => Of(file).Write(file, values, header);

    /// <summary>Writes a label map durably, as uint8 or, where a label is above 254, as uint16.</summary>
    /// <param name="file">Its folder exists.</param>
    /// <param name="labels">x fastest.</param>
    /// <param name="header">Size and place; the type is chosen here.</param>
    /// <exception cref="DataException">No format has this ending, or the format cannot hold such an image.</exception>
    public static void WriteLabels(string file, ReadOnlySpan<ushort> labels, ImageHeader header) => Of(file).WriteLabels(file, labels, header);

    private static IImageFormat Of(string file)
    {
        if (Directory.Exists(file)) throw new DataException(file, "is a folder, not an image", "give the path of a file");
        var name = Path.GetFileName(file);
        return Known.FirstOrDefault(format => format.Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))) ?? throw new DataException(
            file, $"is of no format this version reads and writes ({string.Join(", ", Endings)})", "convert it, or correct its name");
    }
}
