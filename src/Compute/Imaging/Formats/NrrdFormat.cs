namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// NRRD, header and voxels in one file (<c>.nrrd</c>) or apart (<c>.nhdr</c>), as ITK understands it (http://teem.sourceforge.net/nrrd/format.html).
/// Reads also bzip2 and images with an axis outside of space, which ITK does not.
/// </summary>
internal sealed class NrrdFormat : IImageFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".nrrd", ".nhdr"];

    /// <inheritdoc/>
    public ImageSource Open(string file)
    {
        var fields = NrrdFields.Read(file);
        var spaceAxes = NrrdGeometry.SpaceAxes(fields, file);
        var directions = NrrdGeometry.Directions(fields, spaceAxes, NrrdLayout.SizesOf(fields, file).Length, file);
        var layout = NrrdLayout.Of(fields, directions, file);
        var size = layout.Domain.Select(axis => layout.Sizes[axis]).ToArray();
        var header = ImageHeader.WithoutGeometry("NRRD", layout.Type, size) with { Kind = layout.Kind, Components = layout.Components };
        header = NrrdGeometry.Place(header, fields, layout, directions, spaceAxes, file);

        var text = layout.Encoding == VoxelEncoding.Text;
        var bytes = text ? TextImageSource.FewestBytes(layout.Values) : ImagePlace.Product([layout.Values, layout.Type.Bytes()]);
        var stream = NrrdData.Locate(fields, layout, file).Open(bytes, layout.ToString());
        return text ? new TextImageSource(file, header, stream, layout.Planar)
            : new RawImageSource(file, header, stream, new StoredVoxels(layout.Type, layout.BigEndian), layout.Planar);
    }

    /// <inheritdoc/>
    public void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged => NrrdWriter.Write(file, values, header);
}
