using System.Globalization;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets;

/// <summary>What a case's files are found to be.</summary>
/// <param name="Problems">Sentences; a case with any cannot be trained on.</param>
/// <param name="Warnings">Sentences; the case can be used, but should be looked at.</param>
public sealed record CaseFindings(IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings);

/// <summary>The checks of nnU-Net's <c>--verify_dataset_integrity</c> for one case (spec 01 section 7, numbers 9 to 11). Holds one case in memory.</summary>
public static class DatasetIntegrity
{
    /// <summary>The problems of a case; none when it is fit for training.</summary>
    public static IReadOnlyList<string> CheckCase(RawCase c, IImageReaderWriter reader, DatasetJson json) => Inspect(c, reader, json).Problems;

    /// <summary>Problems and warnings of a case. A file that cannot be read is a problem, not an exception.</summary>
    public static CaseFindings Inspect(RawCase c, IImageReaderWriter reader, DatasetJson json)
    {
        var problems = new List<string>();
        var warnings = new List<string>();
        var image = Try(() => reader.ReadImages(c.Images), problems);
        if (image is not null)
        {
            if (image.Data.Channels != json.ChannelNames.Count)
                problems.Add(
                    $"{c.Images[0]}: the case has {image.Data.Channels} channels, but dataset.json names {json.ChannelNames.Count}; "
                    + "add the missing files or correct channel_names");
            CheckNumbers(image, c.Images[0], problems);
        }

        if (c.Label is null) return new CaseFindings(problems, warnings);
        var label = Try(() => reader.ReadLabels(c.Label), problems);
        if (label is null) return new CaseFindings(problems, warnings);
        _ = Try(() => { LabelValues.Check(label.Data, json.Labels, c.Label); return label; }, problems);
        if (image is not null) Compare(image, label, c.Label, problems, warnings);
        return new CaseFindings(problems, warnings);
    }

    private static void Compare(CaseImage image, CaseImage label, string file, List<string> problems, List<string> warnings)
    {
        if (image.Data.Shape != label.Data.Shape)
            problems.Add($"{file}: the label map measures {label.Data.Shape} voxels, but its image {image.Data.Shape}; resample one onto the other");
        if (!GeometryComparison.Close(image.Spacing.ToArray(), label.Spacing.ToArray()))
            problems.Add(
                $"{file}: the label map's spacing is {Text(label.Spacing.ToArray())} mm, but its image's {Text(image.Spacing.ToArray())}; "
                + "correct the header that is wrong");
        if (!GeometryComparison.Close(image.Geometry.Origin, label.Geometry.Origin))
            warnings.Add(
                $"{file}: the label map's origin {Text(label.Geometry.Origin)} differs from its image's {Text(image.Geometry.Origin)}; "
                + "check that they overlay");
        if (!GeometryComparison.Close(image.Geometry.Direction, label.Geometry.Direction))
            warnings.Add(
                $"{file}: the label map's direction {Text(label.Geometry.Direction)} differs from its image's {Text(image.Geometry.Direction)}; "
                + "check that they overlay");
    }

    private static void CheckNumbers(CaseImage image, string file, List<string> problems)
    {
        for (var channel = 0; channel < image.Data.Channels; channel++)
        {
            var bad = 0;
            foreach (var value in image.Data.Channel(channel))
                if (float.IsNaN(value))
                    bad++;
            if (bad > 0) problems.Add($"{file}: channel {channel} holds {bad} voxels that are not a number; replace them");
        }
    }

    private static T? Try<T>(Func<T> read, List<string> problems) where T : class
    {
        try
        {
            return read();
        }
        catch (DataException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }

    private static string Text(IReadOnlyList<double> numbers) => $"({string.Join(", ", numbers.Select(n => n.ToString("G6", CultureInfo.InvariantCulture)))})";
}
