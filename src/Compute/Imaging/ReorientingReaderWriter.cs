namespace ActorSeg.Compute.Imaging;

/// <summary>
/// nnU-Net's <c>SimpleITKIOWithReorient</c> (spec 01 section 5): as <see cref="SimpleItkReaderWriter"/>, with three-dimensional images turned so that
/// their axes run to R, A, S, and label maps turned back. Labels above 254 are written as uint16, where nnU-Net would wrap them round.
/// </summary>
public sealed class ReorientingReaderWriter : IImageReaderWriter
{
    private readonly SimpleItkReaderWriter _inner = new();

    /// <inheritdoc/>
    public string Name => "SimpleITKIOWithReorient";

    /// <summary>None: it is taken by name only.</summary>
    public IReadOnlyList<string> Endings => [];

    /// <inheritdoc/>
    public CaseImage ReadImages(IReadOnlyList<string> files) => ChannelStacking.Stack(files, file => Turned(_inner.ReadImages([file])));

    /// <inheritdoc/>
    public CaseImage ReadLabels(string file) => Turned(_inner.ReadLabels(file));

    /// <inheritdoc/>
    public (VolumeShape Shape, Spacing Spacing) ReadHeader(string file)
    {
        using var source = ImageFormats.Open(file);
        var (shape, spacing) = _inner.ReadHeader(file);
        if (source.Header.Axes < 3) return (shape, spacing);
        var turn = Orientation.Of(Affine.Of(source.Header.Geometry));
        return (turn.Turned(shape), Turned(turn, spacing));
    }

    /// <inheritdoc/>
    public void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry) =>
        Back(labels, shape, geometry, (values, turned, place) => _inner.WriteLabels(file, values, turned, place));

    /// <inheritdoc/>
    public void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry) =>
        Back(values, shape, geometry, (turned, extent, place) => _inner.WriteImage(file, turned, extent, place));

    private delegate void Writer<T>(ReadOnlySpan<T> values, VolumeShape shape, ImageGeometry geometry);

    private static void Back<T>(ReadOnlySpan<T> values, VolumeShape shape, ImageGeometry geometry, Writer<T> write)
    {
        if (geometry is not ReorientedGeometry { OriginalOrientation: var code })
        {
            write(values, shape, geometry);
            return;
        }

        // From R, A, S to the file's axes: the file's array, were it read, would be turned by this orientation.
        var turn = Orientation.Parse(code);
        int[] world = [shape.X, shape.Y, shape.Z];
        var stored = new VolumeShape(world[turn.WorldOf(2)], world[turn.WorldOf(1)], world[turn.WorldOf(0)]);
        write(turn.TurnBack(values, stored), stored, turn.Undone(Affine.Of(geometry), stored).ToGeometry());
    }

    private static Spacing Turned(Orientation turn, Spacing spacing)
    {
        double[] steps = [spacing.X, spacing.Y, spacing.Z];
        return new Spacing(steps[turn.AxisOf(2)], steps[turn.AxisOf(1)], steps[turn.AxisOf(0)]);
    }

    private static CaseImage Turned(CaseImage image)
    {
        if (image.Geometry.Spacing.Count < 3) return image;
        var affine = Affine.Of(image.Geometry);
        var (turn, shape) = (Orientation.Of(affine), image.Data.Shape);
        var turned = new Volume<float>(image.Data.Channels, turn.Turned(shape));
        for (var channel = 0; channel < image.Data.Channels; channel++) turn.Turn<float>(image.Data.Channel(channel), shape).CopyTo(turned.Channel(channel));
        var place = turn.Turned(affine, shape).ToGeometry();
        return new CaseImage(turned, Turned(turn, image.Spacing), new ReorientedGeometry(place.Spacing, place.Origin, place.Direction, turn.Code));
    }
}
