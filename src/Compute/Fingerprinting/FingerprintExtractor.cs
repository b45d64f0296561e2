using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Fingerprinting;

/// <summary>What one case contributes to the fingerprint.</summary>
/// <param name="Id">Which case.</param>
/// <param name="ShapeAfterCrop">Reader axis order.</param>
/// <param name="Spacing">Reader axis order.</param>
/// <param name="RelativeSizeAfterCropping">Voxels left by the crop over voxels before.</param>
/// <param name="Channels">Intensities; empty arrays where the case has no foreground.</param>
public sealed record CaseMeasurement(
    CaseId Id, VolumeShape ShapeAfterCrop, Spacing Spacing, double RelativeSizeAfterCropping, IReadOnlyList<SampledIntensities> Channels);

/// <summary>
/// nnU-Net's fingerprint extraction (spec 02 section 1). nnU-Net draws 1e8 values over all cases, with replacement, and keeps them, 400 MB a channel;
/// here they are counted as they come, and come again from the generator where their order matters.
/// </summary>
public static class FingerprintExtractor
{
    private const double TotalSamples = 1e8;
    private const uint Seed = 1234;

    /// <summary>How many intensities are drawn from each case and channel.</summary>
    public static int SamplesPerCase(int cases) => (int)Math.Floor(TotalSamples / Math.Max(cases, 1));

    /// <summary>Measures one case. Holds the case, one byte a voxel for the mask, and the foreground of one channel.</summary>
    /// <param name="c">A training case.</param>
    /// <param name="index">Its place among the cases; the order of all draws follows from it.</param>
    /// <param name="reader">The data set's reader.</param>
    /// <param name="labels">What the label map may hold.</param>
    /// <param name="samples"><see cref="SamplesPerCase"/>.</param>
    /// <exception cref="DataException">
    /// A file is missing or unreadable, image and label do not fit, a label is not declared, or a voxel is not a number.
    /// </exception>
    public static CaseMeasurement Measure(RawCase c, int index, IImageReaderWriter reader, LabelSet labels, int samples)
    {
        var labelFile = c.Label ?? throw new ArgumentException($"case {c.Id} has no label map", nameof(c));
        var image = reader.ReadImages(c.Images);
        var label = reader.ReadLabels(labelFile);
        if (label.Data.Shape != image.Data.Shape)
            throw new DataException(labelFile, $"measures {label.Data.Shape} voxels, but its image {image.Data.Shape}", "resample one onto the other");
        LabelValues.Check(label.Data, labels, labelFile);

        var box = NonZeroCrop.Find(image.Data).Box;
        var foreground = Foreground(label.Data, box);
        var twister = new MersenneTwister(Seed);
        var channels = new SampledIntensities[image.Data.Channels];
        for (var channel = 0; channel < channels.Length; channel++)
        {
            var values = image.Data.Channel(channel);
            CheckNumbers(values, image.Data.Shape, box, c.Images[Math.Min(channel, c.Images.Count - 1)]);
            channels[channel] = SampledIntensities.Draw(Gather(values, foreground), samples, (long)index * samples, twister);
        }

        return new CaseMeasurement(c.Id, box.Shape, image.Spacing, (double)box.Shape.Voxels / image.Data.Shape.Voxels, channels);
    }

    /// <summary>The fingerprint of all cases.</summary>
    /// <exception cref="DataException">There is no case, no foreground in any, or cases differ in their number of channels.</exception>
    public static DatasetFingerprint Aggregate(IReadOnlyList<CaseMeasurement> inCaseOrder)
    {
        if (inCaseOrder.Count == 0) throw new DataException("dataset_fingerprint.json", "cannot be made of no case", "check the data set's training cases");
        var channels = inCaseOrder[0].Channels.Count;
        if (inCaseOrder.FirstOrDefault(c => c.Channels.Count != channels) is { } other)
            throw new DataException(other.Id.Value, $"has {other.Channels.Count} channels, but {inCaseOrder[0].Id} has {channels}",
                "give every case the same channels");
        return new DatasetFingerprint
        {
            ShapesAfterCrop = [.. inCaseOrder.Select(c => c.ShapeAfterCrop)],
            Spacings = [.. inCaseOrder.Select(c => c.Spacing)],
            MedianRelativeSizeAfterCropping = Statistics.Median([.. inCaseOrder.Select(c => c.RelativeSizeAfterCropping)]),
            Intensities = [.. Enumerable.Range(0, channels).Select(channel => Intensities([.. inCaseOrder.Select(c => c.Channels[channel])]))],
        };
    }

    // numpy computes in float32, and in float64 once a case without foreground has joined its empty float64 list to the others.
    private static IntensityProperties Intensities(SampledIntensities[] cases)
    {
        var exact = WeightedSample.Merge(cases).Describe();
        if (cases.Any(c => c.Draws == 0)) return exact;
        // numpy divides its sums by the count in float64, but the mean that the deviations are taken from in float32.
        var count = cases.Sum(c => (long)c.Draws);
        var sum = BlockedSum.Total(cases.Select(c => c.Sum));
        var mean = sum / (float)count;
        var squares = new BlockedSum[cases.Length];
        Parallel.For(0, cases.Length, i => squares[i] = cases[i].SquaredDeviations(mean, (long)i * cases[i].Draws));
        return exact with { Mean = (float)((double)sum / count), Std = MathF.Sqrt((float)((double)BlockedSum.Total(squares) / count)) };
    }

    // Indices of voxels inside the box whose label is above 0, in C order.
    private static int[] Foreground(Volume<float> label, Box box)
    {
        var found = new List<int>();
        foreach (var (start, length) in Rows(label.Shape, box))
        {
            var row = label.Data.AsSpan(start, length);
            for (var x = 0; x < row.Length; x++)
                if (row[x] > 0)
                    found.Add(start + x);
        }

        return [.. found];
    }

    private static void CheckNumbers(ReadOnlySpan<float> channel, VolumeShape shape, Box box, string file)
    {
        foreach (var (start, length) in Rows(shape, box))
            foreach (var value in channel.Slice(start, length))
                if (float.IsNaN(value))
                    throw new DataException(file, "holds voxels that are not a number (NaN)", "replace them by a number, such as 0");
    }

    private static float[] Gather(ReadOnlySpan<float> channel, int[] foreground)
    {
        var values = new float[foreground.Length];
        for (var i = 0; i < values.Length; i++) values[i] = channel[foreground[i]];
        return values;
    }

    private static IEnumerable<(int Start, int Length)> Rows(VolumeShape shape, Box box)
    {
        for (var z = box.Low.Z; z < box.High.Z; z++)
            for (var y = box.Low.Y; y < box.High.Y; y++)
                yield return ((((z * shape.Y) + y) * shape.X) + box.Low.X, box.Shape.X);
    }
}
