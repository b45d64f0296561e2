using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Imaging;

/// <summary>The image readers there are, found by the names plans carry or by what a data set says (spec 01 section 5.3).</summary>
public static class ImageReaderWriters
{
    private static readonly IReadOnlyList<IImageReaderWriter> Known = [new SimpleItkReaderWriter()];

    /// <summary>The reader of a class name, such as the <c>image_reader_writer</c> of plans.</summary>
    /// <exception cref="DataException">No reader has this name.</exception>
    public static IImageReaderWriter ByName(string name) => Find(name) ?? throw new DataException(
        "image_reader_writer", $"'{name}' is not a reader this version knows", $"use one of: {string.Join(", ", Known.Select(reader => reader.Name))}");

    /// <summary>
    /// The reader <c>overwrite_image_reader_writer</c> names, if it is known, else the first that takes the data set's <c>file_ending</c>.
    /// </summary>
    /// <param name="json">The data set.</param>
    /// <param name="exampleFile">An image whose header the reader must accept; null skips this.</param>
    /// <exception cref="DataException">No reader takes the ending, or the example cannot be read.</exception>
    public static IImageReaderWriter Choose(DatasetJson json, string? exampleFile)
    {
        if (json.OverwriteReader is { } name && Find(name) is { } wanted) return wanted;
        var ending = json.FileEnding.ToLowerInvariant();
        var reader = Known.FirstOrDefault(reader => reader.Endings.Contains(ending)) ?? throw new DataException(
            json.File, $"names file_ending '{json.FileEnding}', which no reader takes ({string.Join(", ", Known.SelectMany(reader => reader.Endings))})",
            "convert the images to .nii.gz, or for uncompressed .nii set \"overwrite_image_reader_writer\": \"SimpleITKIO\"");
        if (exampleFile is not null) _ = reader.ReadHeader(exampleFile);
        return reader;
    }

    private static IImageReaderWriter? Find(string name) => Known.FirstOrDefault(reader => reader.Name == name);
}
