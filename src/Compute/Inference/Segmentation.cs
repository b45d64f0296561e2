using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Inference;

/// <summary>What a case was predicted as, on the grid of its image.</summary>
/// <param name="Labels">C order, reader axis order (z, y, x for medical formats).</param>
/// <param name="Shape">Their extent.</param>
/// <param name="Probabilities">(heads, axes as the labels); null where they were not asked for.</param>
/// <param name="Geometry">Of the image.</param>
/// <param name="Writer">The writer of the model's plans.</param>
public sealed record Segmentation(ushort[] Labels, VolumeShape Shape, Volume<float>? Probabilities, ImageGeometry Geometry, IImageReaderWriter Writer)
{
    /// <summary>Writes the label map durably, in the format its ending names.</summary>
    /// <param name="file">Its folder exists.</param>
    public void Save(string file) => Writer.WriteLabels(file, Labels, Shape, Geometry);

    /// <summary>Writes the label map to a stream.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="ending">Names the format, such as <c>.nii.gz</c>.</param>
    public void Save(Stream stream, string ending)
    {
        using var folder = new StreamFiles();
        var file = folder.Name(0, ending);
        Save(file);
        using var content = File.OpenRead(file);
        content.CopyTo(stream);
    }
}
