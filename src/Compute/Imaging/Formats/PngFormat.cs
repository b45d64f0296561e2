namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// PNG, exactly: all bit depths, 16 bits included, which the picture libraries at hand cut to 8. Indexed pictures become RGB or RGBA, as other readers
/// have it; opacity by a single colour (tRNS of grey and RGB) is not looked at.
/// </summary>
internal sealed class PngFormat : IImageFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".png"];

    /// <inheritdoc/>
    public ImageSource Open(string file) => ImageFile.Guard(file, () =>
    {
        var stream = ImageFile.OpenRead(file);
        try
        {
            var chunks = new PngChunks(stream, file);
            var png = chunks.ReadHeader();
            ImageFile.CheckHolds(
                file, checked(png.Height * (png.RowBytes(png.Width) + 1)), checked(stream.Length * ImageFile.DeflateExpansion),
                $"{png.Width} x {png.Height} pixels of {png.PixelBits} bits");
            var header = ImageHeader.WithoutGeometry("PNG", png.Type, [png.Width, png.Height]) with { Kind = png.Kind, Components = png.Components };
            return new PngImageSource(file, header, png, chunks);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    });

    /// <inheritdoc/>
    public void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged => PngWriter.Write(file, values, header);
}
