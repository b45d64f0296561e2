using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Export;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Resampling;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Inference.Export;

public class CaseExportTests
{
    private static readonly ResamplingSpec Linear = new("resample_data_or_seg_to_shape", false, 1, 0, null);

    [SharedTheory("golden/j_inference/export_regions.npz")]
    [InlineData("export_regions"), InlineData("export_anisozero_3d"), InlineData("export_anisozero_iso"), InlineData("export_transp201"), InlineData("export_2d_transp201")]
    public void label_maps_and_probabilities_on_the_images_grid_equal_the_references(string name)
    {
        var (export, logits, properties, npz) = Golden(name);
        using (logits)
        {
            var (labels, shape) = export.Labels(logits, properties, CancellationToken.None);
            Assert.Equal(npz["seg"].Shape, shape.ToArray());
            Assert.Equal(0, Differences(npz["seg"].Longs(), labels));

            var probabilities = new List<float>();
            var (decided, _) = export.Probabilities(logits, properties, values => probabilities.AddRange(values), CancellationToken.None);
            Assert.Equal(0, Differences(npz["seg"].Longs(), decided));
            var expected = npz["probabilities"].Floats();
            Assert.Equal(expected.Length, probabilities.Count);
            var off = expected.Zip(probabilities, (e, a) => Math.Abs(e - a)).ToArray();
            // Where a value lies exactly between two numbers of half precision, the last bit of float64 decides, and with it the order of the sum.
            Assert.InRange(off.Max(), 0, 1e-3);
            Assert.InRange(off.Count(d => d > 1e-6), 0, off.Length / 1000);
        }
    }

    [Theory]
    [InlineData(0, false), InlineData(1, false), InlineData(2, false), InlineData(3, false), InlineData(0, true)]
    public void planes_computed_when_asked_for_are_those_of_the_whole_head_resampled(int kind, bool torch)
    {
        var (from, to) = (new VolumeShape(5, 9, 7), new VolumeShape(8, 17, 23));
        // All axes together; the slice axis apart in front, behind, and not at all.
        Spacing current = kind switch { 1 => new(5, 1, 1), 2 => new(1, 1, 5), _ => new(1, 1, 1) };
        var spec = torch ? Linear with { Function = "resample_torch_fornnunet" } : kind == 3 ? Linear with { ForceSeparateZ = false } : Linear;
        using var logits = Noise(3, from, seed: kind);
        using var planes = LogitPlanes.Of(logits, to, current, current, spec, CancellationToken.None);
        var (plane, whole, different) = (new float[to.Y * to.X], new float[to.Voxels], 0);
        for (var head = 0; head < 3; head++)
        {
            Resampler.Resample(Array.ConvertAll(logits.Head(head).ToArray(), v => (float)v), from, whole, to, current, current, spec);
            for (var z = 0; z < to.Z; z++)
            {
                planes.Fill(head, z, plane);
                var expected = whole.AsSpan(z * plane.Length, plane.Length).ToArray();
                if (!torch) expected = Array.ConvertAll(expected, v => (float)(Half)v);
                for (var i = 0; i < plane.Length; i++) Assert.InRange(plane[i], (float)Half.BitDecrement((Half)expected[i]), (float)Half.BitIncrement((Half)expected[i]));
                different += expected.Zip(plane).Count(pair => pair.First != pair.Second);
            }
        }

        // The whole head is rounded to float32 first, and there a tie is rounded twice.
        Assert.InRange(different, 0, torch ? 0 : 3 * whole.Length / 200);
    }

    [Fact]
    public void cubic_splines_are_resampled_whole_and_give_the_same_planes()
    {
        var (from, to, spacing) = (new VolumeShape(6, 7, 8), new VolumeShape(9, 10, 11), new Spacing(1, 1, 1));
        using var logits = Noise(2, from, seed: 5);
        using var planes = LogitPlanes.Of(logits, to, spacing, spacing, Linear with { Order = 3 }, CancellationToken.None);
        var (plane, whole) = (new float[to.Y * to.X], new float[to.Voxels]);
        Resampler.Resample(Array.ConvertAll(logits.Head(1).ToArray(), v => (float)v), from, whole, to, spacing, spacing, Linear with { Order = 3 });
        planes.Fill(1, 4, plane);
        Assert.Equal(whole.AsSpan(4 * plane.Length, plane.Length).ToArray().Select(v => (float)(Half)v), plane);
    }

    [Fact]
    public void plans_without_resampling_are_refused_where_it_would_be_needed()
    {
        using var logits = Noise(2, new VolumeShape(2, 2, 2), seed: 1);
        var none = Linear with { Function = "no_resampling_hack" };
        var refused = Assert.Throws<DataException>(() => LogitPlanes.Of(logits, new VolumeShape(2, 2, 3), new Spacing(1, 1, 1), new Spacing(1, 1, 1), none, CancellationToken.None));
        Assert.Contains("2x2x3", refused.Message);
    }

    [Property]
    public void float64_is_rounded_to_half_precision_once(double value)
    {
        if (!double.IsFinite(value)) return;
        value %= 65504;
        // Ordinary, subnormal, and just beside the middle between two numbers: through float32 such a one would fall on the middle.
        var tie = ((double)(Half)value + (double)Half.BitIncrement((Half)value)) / 2;
        foreach (var candidate in (double[])[value, value * 1e-5, value * 1e-8, tie, Math.BitIncrement(tie), Math.BitDecrement(tie)])
            Assert.Equal((double)(Half)candidate, HalfRounding.Round(new System.Numerics.Vector<double>(candidate))[0]);
    }

    [Fact]
    public void equal_logits_go_to_the_lower_label_and_the_crop_and_the_transposition_are_undone()
    {
        var plans = new PlansStub([2, 0, 1]);
        var properties = new CaseProperties(
            new Spacing(1, 1, 1), new ImageGeometry([], [], []), new VolumeShape(3, 4, 5), new Box(new(1, 1, 2), new(3, 3, 4)), new VolumeShape(2, 2, 2), null);
        using var logits = new Logits(3, new VolumeShape(2, 2, 2));
        logits.Head(1).Fill((Half)1);
        logits.Head(2).Fill((Half)1);
        logits.Head(2)[5] = (Half)2;
        var (labels, shape) = new CaseExport(plans.Plans, plans.Configuration, plans.Labels).Labels(logits, properties, CancellationToken.None);
        Assert.Equal(new VolumeShape(4, 5, 3), shape);
        ushort At(int z, int y, int x) => labels[(((y * shape.Y) + x) * shape.X) + z];
        for (var z = 0; z < 3; z++)
            for (var y = 0; y < 4; y++)
                for (var x = 0; x < 5; x++)
                    Assert.Equal(z < 1 || y is < 1 or > 2 || x is < 2 or > 3 ? 0 : (z, y, x) == (2, 1, 3) ? 2 : 1, At(z, y, x));
    }

    [Fact]
    public void the_next_stage_gets_labels_on_its_own_grid_neither_uncropped_nor_transposed()
    {
        var plans = new PlansStub([2, 0, 1]);
        var properties = new CaseProperties(
            new Spacing(1, 1, 1), new ImageGeometry([], [], []), new VolumeShape(9, 9, 9), new Box(new(1, 1, 1), new(5, 5, 5)), new VolumeShape(4, 4, 4), null);
        using var logits = new Logits(3, new VolumeShape(2, 2, 2));
        logits.Head(2).Slice(4, 4).Fill((Half)1);
        var labels = new CaseExport(plans.Plans, plans.Configuration, plans.Labels).NextStage(logits, properties, new VolumeShape(4, 2, 2), CancellationToken.None);
        Assert.Equal(new VolumeShape(4, 2, 2), labels.Shape);
        Assert.Equal([0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], labels.Data);
    }

    private static int Differences(long[] expected, ushort[] actual) => expected.Zip(actual).Count(pair => pair.First != pair.Second);

    private static (CaseExport Export, Logits Logits, CaseProperties Properties, Npz Npz) Golden(string name)
    {
        var json = JsonNode.Parse(File.ReadAllText(TestPaths.SharedPath("golden", "j_inference", $"{name}.json")))!;
        var npz = new Npz(TestPaths.SharedPath("golden", "j_inference", $"{name}.npz"));
        string Shared(string key) => TestPaths.SharedPath("golden", json[key]!.GetValue<string>());
        var plans = Plans.Load(Shared("plans"));
        var p = json["properties"]!;
        int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
        var box = p["bbox_used_for_cropping"]!.AsArray();
        var properties = new CaseProperties(
            Spacing.From([.. p["spacing"]!.AsArray().Select(v => v!.GetValue<double>())]), new ImageGeometry([], [], []), VolumeShape.From(Ints(p["shape_before_cropping"]!)),
            new Box(VolumeShape.From([.. box.Select(b => b![0]!.GetValue<int>())]), VolumeShape.From([.. box.Select(b => b![1]!.GetValue<int>())])),
            VolumeShape.From(Ints(p["shape_after_cropping_and_before_resampling"]!)), null);
        var values = npz["logits_f16"];
        var logits = new Logits(values.Shape[0], new VolumeShape(values.Shape[1], values.Shape[2], values.Shape[3]));
        var all = values.Floats();
        for (var head = 0; head < logits.Heads; head++)
            for (var i = 0; i < logits.Shape.Voxels; i++)
                logits.Head(head)[i] = (Half)all[(head * logits.Shape.Voxels) + i];
        var labels = DatasetJson.Load(Shared("dataset_json")).Labels;
        return (new CaseExport(plans, plans.Configurations[json["configuration"]!.GetValue<string>()], labels), logits, properties, npz);
    }

    private static Logits Noise(int heads, VolumeShape shape, int seed)
    {
        var (logits, random) = (new Logits(heads, shape), new Random(seed));
        for (var head = 0; head < heads; head++)
            foreach (ref var value in logits.Head(head))
                value = (Half)((random.NextDouble() * 20) - 10);
        return logits;
    }

    /// <summary>Plans of a transposition, at 1 mm, of three labels.</summary>
    private sealed class PlansStub(int[] forward)
    {
        public Plans Plans { get; } = new()
        {
            Source = [],
            DatasetName = "",
            PlansName = "",
            ImageReaderWriter = "SimpleITKIO",
            TransposeForward = forward,
            TransposeBackward = Axes.Inverse(forward),
            Configurations = new Dictionary<string, Configuration>(),
            Intensities = [],
        };

        public Configuration Configuration { get; } = Networks.SmallNetworks.Configuration(Networks.SmallNetworks.Spec(Networks.SmallNetworks.Json("plain3d"))) with
        {
            ResampleProbabilities = Linear,
        };

        public LabelSet Labels { get; } = Networks.SmallNetworks.Labels(foreground: 2);
    }
}
