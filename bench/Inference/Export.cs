using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Export;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Bench.Inference;

/// <summary>The export nnU-Net's figures were taken of: 25 heads of 160 x 224 x 224, made smooth, to 200 x 512 x 512.</summary>
internal static class Export
{
    private const int Heads = 25;
    private const double PeerLabels = 89, PeerLabelsGiB = 6.01, PeerProbabilities = 112, PeerProbabilitiesGiB = 13.34;
    private static readonly VolumeShape From = new(160, 224, 224), To = new(200, 512, 512);
    private static readonly Spacing Original = new(1.6, 0.7, 0.7), Planned = new(2.0, 1.6, 1.6);
    private static readonly ResamplingSpec Linear = new("resample_data_or_seg_to_shape", false, 1, 0, null);

    public static void Labels()
    {
        using var logits = Smooth();
        var (before, meter) = (Meter.PeakGiB, new Meter());
        var (labels, _) = Exporter().Labels(logits, Properties(), CancellationToken.None);
        Console.WriteLine($"labels: {meter} ({before:F2} before, {labels.Distinct().Count()} labels found); nnU-Net {PeerLabels} CPU s and {PeerLabelsGiB} GiB: "
            + $"{meter.Cpu / PeerLabels:P0} of the time, {Meter.PeakGiB / PeerLabelsGiB:P0} of the memory");
    }

    public static void Probabilities()
    {
        using var logits = Smooth();
        var (before, meter, sum) = (Meter.PeakGiB, new Meter(), 0.0);
        var (labels, _) = Exporter().Probabilities(logits, Properties(), values => sum += values[0], CancellationToken.None);
        Console.WriteLine($"with probabilities, handed over as they are made: {meter} ({before:F2} before, {labels.Distinct().Count()} labels); nnU-Net {PeerProbabilities} CPU s and {PeerProbabilitiesGiB} GiB: "
            + $"{meter.Cpu / PeerProbabilities:P0} of the time, {Meter.PeakGiB / PeerProbabilitiesGiB:P0} of the memory");
    }

    /// <summary>Against each head resampled as a whole in float64, rounded to half precision, and the first largest taken.</summary>
    public static void Check()
    {
        using var logits = Smooth();
        var (labels, _) = Exporter().Labels(logits, Properties(), CancellationToken.None);
        var (best, expected, values) = (new Half[To.Voxels], new ushort[To.Voxels], new double[To.Voxels]);
        for (ushort head = 0; head < Heads; head++)
        {
            var source = Array.ConvertAll(logits.Head(head).ToArray(), v => (float)v);
            Resize.Volume<float, double>(source, From, values, Resize.Axes(From, To, 1), ValueRange.Any, CancellationToken.None);
            for (var i = 0; i < values.Length; i++)
            {
                var value = (Half)values[i];
                if (head == 0 || value > best[i]) (best[i], expected[i]) = (value, head);
            }
        }

        Console.WriteLine($"{expected.Zip(labels).Count(pair => pair.First != pair.Second)} of {labels.Length} labels differ from the unstreamed computation");
    }

    private static CaseExport Exporter()
    {
        var configuration = new Configuration
        {
            Name = "3d_fullres",
            DataIdentifier = "",
            BatchSize = 2,
            PatchSize = [128, 128, 128],
            Spacing = Planned.ToArray(),
            NormalizationSchemes = [],
            UseMaskForNorm = [],
            ResampleData = Linear,
            ResampleLabels = Linear,
            ResampleProbabilities = Linear,
            BatchDice = false,
            Architecture = new ArchitectureSpec { NetworkClassName = "", Dimensions = 3, FeaturesPerStage = [], KernelSizes = [], Strides = [], EncoderCounts = [], DecoderCounts = [] },
        };
        var plans = new Plans
        {
            Source = [],
            DatasetName = "",
            PlansName = "",
            ImageReaderWriter = "",
            TransposeForward = [0, 1, 2],
            TransposeBackward = [0, 1, 2],
            Intensities = [],
            Configurations = new Dictionary<string, Configuration>(),
        };
        var labels = new LabelSet
        {
            Named = [],
            All = [.. Enumerable.Range(0, Heads)],
            Ignore = null,
            HasRegions = false,
            RegionsClassOrder = [],
            ForegroundClasses = [.. Enumerable.Range(1, Heads - 1).Select(l => new LabelClass([l], false))],
        };
        return new CaseExport(plans, configuration, labels);
    }

    private static CaseProperties Properties() => new(Original, new ImageGeometry([], [], []), To, Box.Whole(To), To, null);

    private static Logits Smooth()
    {
        var logits = new Logits(Heads, From, zeroed: false);
        for (var head = 0; head < Heads; head++)
        {
            var target = logits.Head(head);
            var at = 0;
            double[] Wave(int extent, double length, double shift) => [.. Enumerable.Range(0, extent).Select(i => 4 * Math.Cos((i / length) + shift))];
            var (z, y, x) = (Wave(From.Z, 11 + (head % 5), head), Wave(From.Y, 17 + (head % 7), 2 * head), Wave(From.X, 13 + (head % 3), 3 * head));
            for (var k = 0; k < From.Z; k++)
                for (var j = 0; j < From.Y; j++)
                    for (var i = 0; i < From.X; i++)
                        target[at++] = (Half)(z[k] + y[j] + x[i]);
        }

        return logits;
    }
}
