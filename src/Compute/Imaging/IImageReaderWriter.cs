namespace ActorSeg.Compute.Imaging;

/// <summary>Reads and writes images of one family of formats, with the behaviour of the nnU-Net class of the same name.</summary>
public interface IImageReaderWriter
{
    /// <summary>The class name that plans carry, such as <c>SimpleITKIO</c>.</summary>
    string Name { get; }

    /// <summary>File endings it is chosen for, lower case with dot.</summary>
    IReadOnlyList<string> Endings { get; }

    /// <summary>Reads the channel files of one case, in order, and stacks them.</summary>
    /// <exception cref="DataException">A file is missing or unreadable, or shapes or spacings of the channels differ.</exception>
    CaseImage ReadImages(IReadOnlyList<string> files);

    /// <summary>Reads a label map; values are kept as float32.</summary>
    /// <exception cref="DataException">The file is missing or unreadable.</exception>
    CaseImage ReadLabels(string file);

    /// <summary>The shape (array axis order) and spacing of an image, from its header alone.</summary>
    /// <exception cref="DataException">The file is missing or its header unreadable.</exception>
    (VolumeShape Shape, Spacing Spacing) ReadHeader(string file);

    /// <summary>
    /// Writes a label map in the geometry of the image it belongs to, durably (temporary name, then rename):
    /// uint8 if its largest value is below 255, else uint16.
    /// </summary>
    /// <param name="file">Target; its folder exists.</param>
    /// <param name="labels">C order, reader axis order.</param>
    /// <param name="shape">Extent of <paramref name="labels"/>.</param>
    /// <param name="geometry">Copied into the file.</param>
    void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry);

    /// <summary>Writes a float32 image of one channel, durably. Used for phantoms and tests.</summary>
    void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry);
}
