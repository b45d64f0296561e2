using ActorSeg.Compute.Imaging.Formats;

namespace ActorSeg.Compute.Imaging;

/// <summary>Image files of any format this version knows, found by their ending.</summary>
public static class ImageFormats
{
    private static readonly IImageFormat[] Known = [new NiftiFormat(), new NrrdFormat(), new MetaImageFormat(), new GiplFormat()];

    /// <summary>Endings that are read and written, lower case with dot.</summary>
    public static IEnumerable<string> Endings => Known.SelectMany(format => format.Endings);

    /// <summary>Opens an image with ITK's view of its header; nothing of its voxels is read yet.</summary>
    /// <exception cref="DataException">The file is missing, of no known format, damaged, or lies about its size.</exception>
    public static ImageSource Open(string file) => Of(file).Open(file);

    /// <summary>Writes an image durably, in the format its ending names.</summary>
    /// <param name="file">Its folder exists.</param>
    /// <param name="values">x fastest after the components of a voxel; stored as <typeparamref name="T"/>.</param>
    /// <param name="header">Size, components and place.</param>
    /// <exception cref="DataException">No format has this ending, or the format cannot hold such an image.</exception>
    public static void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged => Of(file).Write(file, values, header);

    private static IImageFormat Of(string file)
    {
        if (Directory.Exists(file)) throw new DataException(file, "is a folder, not an image", "give the path of a file");
        var name = Path.GetFileName(file);
        return Known.FirstOrDefault(format => format.Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))) ?? throw new DataException(
            file, $"is of no format this version reads and writes ({string.Join(", ", Endings)})", "convert it, or correct its name");
    }
}
