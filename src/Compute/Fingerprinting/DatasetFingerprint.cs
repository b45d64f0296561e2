using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Fingerprinting;

/// <summary>What planning needs to know of a data set: nnU-Net's <c>dataset_fingerprint.json</c> (spec 02 section 1.3).</summary>
public sealed class DatasetFingerprint
{
    private const int LargestExtent = 1 << 20;
    private const double SmallestSpacing = 1e-9, LargestSpacing = 1e9;

    /// <summary>Extent of each case after the crop to non-zero, reader axis order, case order.</summary>
    public required IReadOnlyList<VolumeShape> ShapesAfterCrop { get; init; }

    /// <summary>Spacing of each case in mm, reader axis order, case order.</summary>
    public required IReadOnlyList<Spacing> Spacings { get; init; }

    /// <summary>How much of an image the crop to non-zero leaves: the median over cases.</summary>
    public required double MedianRelativeSizeAfterCropping { get; init; }

    /// <summary>Foreground intensities, channel 0 first.</summary>
    public required IReadOnlyList<IntensityProperties> Intensities { get; init; }

    /// <summary>Reads a fingerprint.</summary>
    /// <exception cref="DataException">The file is missing or not JSON, or a key is missing or wrong.</exception>
    public static DatasetFingerprint Load(string path)
    {
        var fields = new JsonFields(NnUnetJson.ReadObject(path), path);
        var shapes = Triples(fields, "shapes_after_crop").Select(s => s.All(n => n == Math.Floor(n) && n is >= 1 and <= LargestExtent)
            ? new VolumeShape((int)s[0], (int)s[1], (int)s[2]) : throw fields.Wrong("shapes_after_crop", "lists of three whole numbers from 1")).ToArray();
        var spacings = Triples(fields, "spacings").Select(s => s.All(n => n is >= SmallestSpacing and <= LargestSpacing)
            ? Spacing.From(s) : throw fields.Wrong("spacings", "lists of three numbers above 0, in mm")).ToArray();
        if (shapes.Length == 0 || shapes.Length != spacings.Length)
            throw new DataException(path, $"has {shapes.Length} shapes_after_crop and {spacings.Length} spacings",
                "there must be one of each a case; extract the fingerprint again");
        const string RelativeSize = "median_relative_size_after_cropping", PerChannel = "foreground_intensity_properties_per_channel";
        if (fields.Number(RelativeSize) is not (> 0 and <= 1)) throw fields.Wrong(RelativeSize, "a number above 0 and at most 1");
        var intensities = IntensityJson.Parse(fields.Object(PerChannel));
        if (intensities.Count == 0 || !intensities.All(IntensityJson.IsFinite)) throw fields.Wrong(PerChannel, "finite numbers for each channel");
        return new DatasetFingerprint
        {
            ShapesAfterCrop = shapes,
            Spacings = spacings,
            MedianRelativeSizeAfterCropping = fields.Number(RelativeSize),
            Intensities = intensities,
        };
    }

    /// <summary>Writes the file durably, keys sorted as nnU-Net does.</summary>
    public void Save(string path)
    {
        var json = new JsonObject
        {
            ["foreground_intensity_properties_per_channel"] = IntensitiesToJson(),
            ["median_relative_size_after_cropping"] = MedianRelativeSizeAfterCropping,
            ["shapes_after_crop"] = new JsonArray([.. ShapesAfterCrop.Select(s => new JsonArray(s.Z, s.Y, s.X))]),
            ["spacings"] = new JsonArray([.. Spacings.Select(s => new JsonArray(s.Z, s.Y, s.X))]),
        };
        DurableFile.WriteText(path, NnUnetJson.Write(json, sortKeys: true));
    }

    /// <summary>The intensities as fingerprint and plans hold them.</summary>
    internal JsonObject IntensitiesToJson() => IntensityJson.Write(Intensities);

    private static IEnumerable<double[]> Triples(JsonFields fields, string key) => fields.List(key).Select(item =>
        item is JsonArray { Count: 3 } triple && triple.All(n => JsonFields.AsNumber(n) is not null)
            ? triple.Select(n => JsonFields.AsNumber(n)!.Value).ToArray() : throw fields.Wrong(key, "a list of lists of three numbers"));
}
