using System.IO.Compression;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// An open NIfTI file or pair of header and image, its stream at the first voxel. What the header asks for has been held against the file's length.
/// </summary>
internal sealed record NiftiFile(string Path, NiftiFields Fields, NiftiLayout Layout, Stream Voxels)
{
    /// <summary>Opens <c>.nii</c>, <c>.nii.gz</c>, or either file of a pair <c>.hdr</c> and <c>.img</c> (each also <c>.gz</c>); content decides about gzip.</summary>
    /// <exception cref="DataException">A file is missing, not NIfTI, or shorter than its header says.</exception>
    public static NiftiFile Open(string file)
    {
        var (header, image) = Pair(file);
        return ImageFile.Guard(file, () =>
        {
            var stream = Inflated(header, out var length);
            try
            {
                var fields = NiftiFields.Read(stream, file);
                var layout = NiftiLayout.Of(fields, file);
                if (fields.Paired != image is not null)
                    throw new DataException(
                        file, fields.Paired ? "says its voxels are in an .img beside it (magic 'ni1'), but is named as a single file"
                            : "is named as half of a pair, but its header says it is a single file (magic 'n+1')", "rename it as what it is");
                long read = fields.HeaderBytes;
                if (image is not null)
                {
                    stream.Dispose();
                    (stream, read) = (ImageFile.Guard(image, () => Inflated(image, out length)), 0);
                }

                ImageFile.CheckHolds(file, layout.Bytes < 0 ? -1 : layout.Bytes + layout.Offset, length, layout.ToString());
                ImageFile.Skip(stream, layout.Offset - read);
                return new NiftiFile(file, fields, layout, stream);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        });
    }

    private static Stream Inflated(string file, out long length)
    {
        var raw = ImageFile.OpenRead(file);
        // The content decides, not the name: a plain file called .nii.gz is read by ITK too.
        var zipped = ImageFile.IsGzip(raw);
        length = zipped ? checked(raw.Length * ImageFile.DeflateExpansion) : raw.Length;
        return zipped ? new GZipStream(raw, CompressionMode.Decompress) : raw;
    }

    // Exactly the file that was given: a single file has no companion, and x.nii beside x.nii.gz is another image.
    private static (string Header, string? Image) Pair(string file)
    {
        var zipped = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var plain = zipped ? file[..^3] : file;
        var isHeader = plain.EndsWith(".hdr", StringComparison.OrdinalIgnoreCase);
        if (!isHeader && !plain.EndsWith(".img", StringComparison.OrdinalIgnoreCase)) return (file, null);
        var other = plain[..^4] + (isHeader ? ".img" : ".hdr");
        var found = (zipped ? new[] { $"{other}.gz", other } : [other, $"{other}.gz"]).FirstOrDefault(File.Exists) ?? throw new DataException(
            file, $"is one half of a pair, and {System.IO.Path.GetFileName(other)} is not beside it", "put both files into one folder");
        return isHeader ? (file, found) : (found, file);
    }
}
