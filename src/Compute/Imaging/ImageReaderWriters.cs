using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Imaging;

/// <summary>The image readers there are, found by the names plans carry or by what a data set says (spec 01 section 5.3).</summary>
public static class ImageReaderWriters
{
    private static readonly IReadOnlyList<IImageReaderWriter> Known =
    [
        new NaturalImage2DReaderWriter(), new SimpleItkReaderWriter(), new Tiff3DReaderWriter(), new NibabelReaderWriter(reorient: false), new NibabelReaderWriter(reorient: true), new ReorientingReaderWriter(),
    ];

    /// <summary>The reader of a class name, such as the <c>image_reader_writer</c> of plans.</summary>
    /// <exception cref="DataException">No reader has this name.</exception>
    public static IImageReaderWriter ByName(string name) => Find(name) ?? throw new DataException(
        "image_reader_writer", $"'{name}' is not a reader this version knows", $"use one of: {string.Join(", ", Known.Select(reader => reader.Name))}");

    /// <summary>
    /// The reader <c>overwrite_image_reader_writer</c> names, if it is known, else the first that takes the data set's <c>file_ending</c> and the example.
    /// </summary>
    /// <param name="json">The data set.</param>
    /// <param name="exampleFile">An image whose header the reader must accept; null skips this.</param>
    /// <exception cref="DataException">No reader takes the ending, or the example cannot be read.</exception>
    /// <param name="anyEnding">Try also readers that do not name the ending, after those that do (nnU-Net's allow_nonmatching_filename).</param>
    public static IImageReaderWriter Choose(DatasetJson json, string? exampleFile, bool anyEnding = false)
    {
        if (json.OverwriteReader is { } name && Find(name) is { } wanted) return wanted;
        var ending = json.FileEnding.ToLowerInvariant();
        DataException? refused = null;
        var named = Known.Where(reader => reader.Endings.Contains(ending));
        var others = Known.Where(reader => anyEnding && exampleFile is not null && reader.Endings.Count > 0 && !reader.Endings.Contains(ending));
        foreach (var reader in named.Concat(others))
        {
            if (exampleFile is null) return reader;
            try
            {
                _ = reader.ReadHeader(exampleFile);
                return reader;
            }
            catch (DataException e)
            {
                // The first reader is the one that is meant; what it says of the file is what the user should hear.
                refused ??= e;
            }
        }

        throw refused ?? new DataException(
            json.File, $"names file_ending '{json.FileEnding}', which no reader takes ({string.Join(", ", Known.SelectMany(reader => reader.Endings).Distinct())})",
            "convert the images (convert-image), or name a reader: \"overwrite_image_reader_writer\": \"SimpleITKIO\" takes every format this version knows");
    }

    /// <summary>
    /// The first reader that takes the first image of a folder, those that name its ending before the others, and that ending. Files of other kinds are passed
    /// over, where nnU-Net takes the first file whatever it is.
    /// </summary>
    /// <exception cref="DataException">There is no folder, no image in it, or none that can be read.</exception>
    public static (IImageReaderWriter Reader, string Ending) OfFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", "give a folder of images");
        var example = Directory.GetFiles(folder).Order(StringComparer.Ordinal).FirstOrDefault(file => ImageFormats.EndingOf(file) is not null)
            ?? throw new DataException(folder, "holds no image", $"give a folder of images ({string.Join(", ", ImageFormats.Endings)})");
        var (ending, refused) = (ImageFormats.EndingOf(example)!, (DataException?)null);
        foreach (var reader in Known.Where(reader => reader.Endings.Count > 0).OrderByDescending(reader => reader.Endings.Contains(ending)))
        {
            try
            {
                _ = reader.ReadHeader(example);
                return (reader, example[^ending.Length..]);
            }
            catch (DataException e)
            {
                refused ??= e;
            }
        }

        throw refused!;
    }

    private static IImageReaderWriter? Find(string name) => Known.FirstOrDefault(reader => reader.Name == name);
}
