namespace ActorSeg.Compute.Imaging;

/// <summary>
/// nnU-Net's <c>SimpleITKIO</c> (spec 01 section 5): arrays in file order (z, y, x), no reorientation, 2D images as one slice, the fourth axis of
/// a 4D file as channels. Reads and writes NIfTI-1 (<c>.nii.gz</c>, <c>.nii</c>) with ITK's semantics.
/// </summary>
public sealed class SimpleItkReaderWriter : IImageReaderWriter
{
    private static readonly string[] Readable = [".nii.gz", ".nii"];

    /// <inheritdoc/>
    public string Name => "SimpleITKIO";

    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".nii.gz", ".nrrd", ".mha", ".gipl"];

    /// <inheritdoc/>
    public CaseImage ReadImages(IReadOnlyList<string> files)
    {
        if (files.Count == 0) throw new ArgumentException("a case has at least one image", nameof(files));
        var images = new List<CaseImage>(files.Count);
        foreach (var file in files)
        {
            images.Add(Read(file));
            CheckAgainstFirst(images[0], images[^1], files[0], file);
        }

        if (images.Count == 1) return images[0];
        var stacked = new Volume<float>(images.Sum(image => image.Data.Channels), images[0].Data.Shape);
        var at = 0;
        foreach (var data in images.Select(image => image.Data.Data))
        {
            data.CopyTo(stacked.Data, at);
            at += data.Length;
        }

        return images[0] with { Data = stacked };
    }

    /// <inheritdoc/>
    public CaseImage ReadLabels(string file)
    {
        var image = Read(file);
        return image.Data.Channels == 1 ? image
            : throw new DataException(file, $"has {image.Data.Channels} channels, but a label map has one",
                "store one label a voxel; overlapping structures are declared as regions");
    }

    /// <inheritdoc/>
    public (VolumeShape Shape, Spacing Spacing) ReadHeader(string file)
    {
        CheckFormat(file);
        var header = NiftiFile.ReadHeader(file);
        return (header.Shape, SpacingOf(header));
    }

    /// <inheritdoc/>
    public void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry)
    {
        CheckFormat(file);
        ushort largest = 0;
        foreach (var label in labels) largest = Math.Max(largest, label);
        if (largest >= byte.MaxValue)
        {
            NiftiFile.Write(file, labels, shape, geometry, NiftiType.UInt16);
            return;
        }

        var narrow = new byte[labels.Length];
        for (var i = 0; i < narrow.Length; i++) narrow[i] = (byte)labels[i];
        NiftiFile.Write<byte>(file, narrow, shape, geometry, NiftiType.UInt8);
    }

    /// <inheritdoc/>
    public void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry)
    {
        CheckFormat(file);
        NiftiFile.Write(file, values, shape, geometry, NiftiType.Float32);
    }

    private static CaseImage Read(string file)
    {
        CheckFormat(file);
        var (header, values) = NiftiFile.Read(file);
        return new CaseImage(new Volume<float>(header.Channels, header.Shape, values), SpacingOf(header), header.Geometry);
    }

    // A 2D image gets a slice distance far above any in-plane spacing, so that no planner ever takes it for a volume.
    private static Spacing SpacingOf(NiftiHeader header) => header.Spacing.Count == 3
        ? new Spacing(header.Spacing[2], header.Spacing[1], header.Spacing[0])
        : new Spacing(999 * Math.Max(header.Spacing[0], header.Spacing[1]), header.Spacing[1], header.Spacing[0]);

    private static void CheckFormat(string file)
    {
        if (Readable.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))) return;
        throw new DataException(file, "is not of a format this version reads and writes (.nii.gz, .nii)",
            "convert the data set to .nii.gz and set file_ending in dataset.json");
    }

    private static void CheckAgainstFirst(CaseImage first, CaseImage other, string firstFile, string file)
    {
        const string Advice = "resample the channels of a case onto one grid";
        if (other.Data.Shape != first.Data.Shape)
            throw new DataException(file, $"measures {other.Data.Shape} voxels, but {Path.GetFileName(firstFile)} {first.Data.Shape}", Advice);
        if (!GeometryComparison.Close(first.Spacing.ToArray(), other.Spacing.ToArray()))
            throw new DataException(file, $"has a spacing of {Text(other.Spacing)} mm, but {Path.GetFileName(firstFile)} {Text(first.Spacing)}", Advice);
    }

    private static string Text(Spacing spacing) =>
        string.Join(" x ", spacing.ToArray().Select(s => s.ToString("G6", System.Globalization.CultureInfo.InvariantCulture)));
}
