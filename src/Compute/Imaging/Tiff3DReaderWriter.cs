using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Imaging;

/// <summary>
/// nnU-Net's <c>Tiff3DIO</c> (spec 01 section 5): TIFF stacks as (z, y, x), their spacing in a JSON file beside them, <c>{"spacing": [z, y, x]}</c>: of
/// <c>case_0000.tif</c> it is <c>case.json</c>, of the label map <c>case.tif</c> as well. Without that file the spacing is 1.
/// </summary>
public sealed class Tiff3DReaderWriter : IImageReaderWriter
{
    private const int ChannelSuffix = 5;

    /// <inheritdoc/>
    public string Name => "Tiff3DIO";

    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".tif", ".tiff"];

    /// <inheritdoc/>
    public CaseImage ReadImages(IReadOnlyList<string> files)
    {
        if (files.Count == 0) throw new ArgumentException("a case has at least one image", nameof(files));
        var spacing = SpacingOf(BesideImage(files[0]));
        return ChannelStacking.Stack(files, file => Read(file, spacing));
    }

    /// <inheritdoc/>
    public CaseImage ReadLabels(string file) => Read(file, SpacingOf(BesideLabels(file)));

    /// <inheritdoc/>
    public (VolumeShape Shape, Spacing Spacing) ReadHeader(string file)
    {
        using var source = Open(file);
        // Only the name tells an image from a label map.
        var beside = HasChannelSuffix(file) ? BesideImage(file) : BesideLabels(file);
        return (ShapeOf(source.Header), SpacingOf(beside));
    }

    /// <inheritdoc/>
    public void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry)
    {
        // The spacing first: a stack without it would be taken for one of 1 mm.
        WriteSpacing(BesideLabels(file), geometry);
        ImageFormats.WriteLabels(file, labels, Stack(VoxelType.UInt8, shape));
    }

    /// <inheritdoc/>
    public void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry)
    {
        WriteSpacing(HasChannelSuffix(file) ? BesideImage(file) : BesideLabels(file), geometry);
        ImageFormats.Write(file, values, Stack(VoxelType.Float32, shape));
    }

    private static ImageHeader Stack(VoxelType type, VolumeShape shape) => ImageHeader.WithoutGeometry("", type, [shape.X, shape.Y, shape.Z]);

    private static CaseImage Read(string file, Spacing spacing)
    {
        using var source = Open(file);
        return new CaseImage(new Volume<float>(1, ShapeOf(source.Header), source.ReadArray<float>()), spacing, new SpacingOnlyGeometry(spacing));
    }

    private static ImageSource Open(string file)
    {
        var source = ImageFormats.Open(file);
        if (source.Header is { Axes: 3, Components: 1 }) return source;
        using (source)
        {
            throw new DataException(
                file, $"has {source.Header.Axes} axes and {source.Header.Components} numbers a pixel; Tiff3DIO reads stacks of grey slices",
                "give a TIFF stack, or name another reader in dataset.json");
        }
    }

    private static VolumeShape ShapeOf(ImageHeader header) => new(header.Size[2], header.Size[1], header.Size[0]);

    private static string Stem(string file) => file[..file.LastIndexOf('.')];

    private static bool HasChannelSuffix(string file) =>
        Stem(Path.GetFileName(file)) is { Length: > ChannelSuffix } stem && stem[^ChannelSuffix] == '_' && stem[^(ChannelSuffix - 1)..].All(char.IsAsciiDigit);

    private static string BesideImage(string file) => $"{(HasChannelSuffix(file) ? Stem(file)[..^ChannelSuffix] : Stem(file))}.json";

    private static string BesideLabels(string file) => $"{Stem(file)}.json";

    private static Spacing SpacingOf(string json)
    {
        const string Advice = "give three sizes above 0, in the order of the array's axes: {\"spacing\": [3, 0.7, 0.7]}";
        if (!File.Exists(json)) return new Spacing(1, 1, 1);
        try
        {
            if (JsonNode.Parse(File.ReadAllText(json)) is JsonObject { } root && root["spacing"] is JsonArray { Count: 3 } list
                && list.Select(n => n!.GetValue<double>()).ToArray() is var sizes && sizes.All(s => double.IsFinite(s) && s > 0))
                return new Spacing(sizes[0], sizes[1], sizes[2]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new DataException(json, $"holds no spacing ({e.Message})", Advice, e);
        }

        throw new DataException(json, "holds no list 'spacing' of three numbers above 0", Advice);
    }

    private static void WriteSpacing(string json, ImageGeometry geometry) => DurableFile.WriteText(
        json, $"{{\"spacing\": [{string.Join(", ", geometry.Spacing.Reverse().Select(s => s.ToString("R", CultureInfo.InvariantCulture)))}]}}\n");
}
