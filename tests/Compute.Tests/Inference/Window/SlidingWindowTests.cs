using System.Text.Json.Nodes;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Tests.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Inference.Window;

public class SlidingWindowTests
{
    [Theory, InlineData("14x16x12"), InlineData("64x64")]
    public void gaussian_maps_equal_the_references_to_the_bit(string size) => EqualMap(TestPaths.Golden("j_inference", $"gaussian_{size}.npz"), size);

    [SharedTheory("golden/j_inference/gaussian_3x512x64.npz"), InlineData("20x20"), InlineData("3x512x64"), InlineData("40x56x40")]
    public void gaussian_maps_of_larger_tiles_do_too(string size) => EqualMap(TestPaths.SharedPath("golden", "j_inference", $"gaussian_{size}.npz"), size);

    [Fact]
    public void tiles_lie_where_the_references_lie()
    {
        foreach (var entry in JsonNode.Parse(File.ReadAllText(TestPaths.Golden("j_inference", "steps.json")))!.AsArray())
        {
            int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
            int[] image = Ints(entry!["image_size"]!), tile = Ints(entry["tile_size"]!);
            for (var axis = 0; axis < image.Length; axis++)
                Assert.Equal(Ints(entry["steps"]![axis]!), Tiles.Positions(image[axis], tile[axis], entry["tile_step_size"]!.GetValue<double>()));
        }
    }

    [Fact]
    public void mirrored_predictions_come_in_the_references_order() =>
        Assert.Equal(["", "2", "3", "4", "2,3", "2,4", "3,4", "2,3,4"], SlidingWindow.Flips([0, 1, 2]).Select(f => string.Join(',', f)));

    [Theory, NoTensorLeak]
    [InlineData("sw3d_plain", "notta", 0.5, true, false), InlineData("sw3d_plain", "tta", 0.5, true, true), InlineData("sw3d_plain", "nogauss", 0.5, false, false)]
    [InlineData("sw3d_plain", "step25", 0.25, true, false), InlineData("sw2d_plain", "notta", 0.5, true, false), InlineData("sw2d_plain", "tta", 0.5, true, true)]
    [InlineData("sw3d_plain_smallerthanpatch", "notta", 0.5, true, false), InlineData("sw3d_plain_smallerthanpatch", "tta", 0.5, true, true)]
    public void whole_images_get_the_references_logits(string name, string variant, double step, bool gaussian, bool mirror) =>
        EqualLogits(TestPaths.Golden("j_inference"), name, variant, step, gaussian, mirror, WindowEffort.Least);

    [SharedTheory("golden/j_inference/sw3d_resenc_aniso.npz"), NoTensorLeak]
    [InlineData("notta", 0.5, true, false), InlineData("tta", 0.5, true, true), InlineData("nogauss", 0.5, false, false), InlineData("step25", 0.25, true, false)]
    public void so_do_those_of_an_anisotropic_residual_network(string variant, double step, bool gaussian, bool mirror) =>
        EqualLogits(TestPaths.SharedPath("golden", "j_inference"), "sw3d_resenc_aniso", variant, step, gaussian, mirror, WindowEffort.Least);

    [Theory, NoTensorLeak]
    [InlineData("sw3d_plain", 3, 1), InlineData("sw3d_plain", 1, 3), InlineData("sw3d_plain", 5, 2), InlineData("sw2d_plain", 16, 2), InlineData("sw3d_plain_smallerthanpatch", 8, 1)]
    public void batches_and_lanes_change_nothing_that_matters(string name, int views, int lanes) =>
        EqualLogits(TestPaths.Golden("j_inference"), name, "tta", 0.5, true, true, new WindowEffort(views, lanes, false));

    [Theory, NoTensorLeak, InlineData("sw3d_plain"), InlineData("sw2d_plain"), InlineData("sw3d_plain_smallerthanpatch")]
    public void sums_on_the_device_are_those_on_the_host_to_the_bit(string name)
    {
        foreach (var sums in Enum.GetValues<SumPrecision>())
        {
            using var host = Predict(TestPaths.Golden("j_inference"), name, 0.5, true, true, WindowEffort.Least, sums, out _);
            using var device = Predict(TestPaths.Golden("j_inference"), name, 0.5, true, true, WindowEffort.Least with { SumsOnDevice = true }, sums, out _);
            Assert.Equal(Values(host), Values(device));
        }
    }

    [Fact, NoTensorLeak]
    public void sums_in_float32_keep_what_half_precision_loses_where_one_tile_counts_little()
    {
        // In a corner the weight is the smallest number there is in half precision, and the quotient of two such sums a whole number (spec 07, trap 1).
        Logits Constant(SumPrecision sums)
        {
            using var window = new SlidingWindow(new WindowSettings([16, 16, 16], 1) { Sums = sums });
            return window.Predict(
                new Volume<float>(1, new VolumeShape(16, 16, 24)), x => full(x.shape, 3.375f, ScalarType.Float32), WindowEffort.Least, null, CancellationToken.None);
        }

        using var half = Constant(SumPrecision.Fp16);
        using var wide = Constant(SumPrecision.Fp32);
        Assert.All(Values(wide), value => Assert.Equal(3.375f, value));
        Assert.Contains(Values(half), value => value != 3.375f);
    }

    [Fact, NoTensorLeak]
    public void a_network_that_fails_in_a_lane_fails_the_prediction_and_the_window_goes_on()
    {
        using var window = new SlidingWindow(new WindowSettings([8, 8, 8], 1) { MirrorAxes = [0, 1, 2] });
        var (image, effort, calls) = (new Volume<float>(1, new VolumeShape(8, 8, 8)), new WindowEffort(1, 2, false), 0);
        var failure = Assert.Throws<InvalidOperationException>(
            () => window.Predict(image, x => Interlocked.Increment(ref calls) == 4 ? throw new InvalidOperationException("boom") : zeros_like(x), effort, null, CancellationToken.None));
        Assert.Equal("boom", failure.Message);
        using var logits = window.Predict(image, x => zeros_like(x), effort, null, CancellationToken.None);
        Assert.All(Values(logits), value => Assert.Equal(0, value));
    }

    [Fact]
    public void what_is_done_at_once_shrinks_step_by_step_to_the_least()
    {
        var steps = new List<WindowEffort>();
        for (var effort = new WindowEffort(4, 2, true); effort is not null; effort = effort.Less) steps.Add(effort);
        Assert.Equal([new(4, 2, true), new(2, 2, true), new(1, 2, true), new(1, 1, true), new(1, 1, false)], steps);
    }

    [Theory]
    [InlineData(2, 2240, 1, 2), InlineData(3, 89600, 1, 2), InlineData(3, 2097152, 1, 2)]
    public void small_tiles_are_batched_and_large_ones_are_not(int axes, int voxels, int threads, int lanes)
    {
        int[] patch = axes == 2 ? [1, voxels] : [1, 1, voxels];
        Assert.Equal(voxels < 65536 ? 65536 / voxels : 1, WindowEffort.For(new WindowSettings(patch, 3), viewBytes: 1 << 20, 4L << 30, threads).Views);
        Assert.Equal(lanes, WindowEffort.For(new WindowSettings(patch, 3), viewBytes: 1 << 20, 4L << 30, lanes).Lanes);
        Assert.Equal(1, WindowEffort.For(new WindowSettings(patch, 3), viewBytes: 3L << 30, 4L << 30, lanes).Lanes);
    }

    [Fact]
    public void folds_are_averaged_in_half_precision()
    {
        using var sum = FoldAverage.Divide(FoldAverage.Add(FoldAverage.Add(null, Of(1, 2048)), Of(2, 1)), 2);
        Assert.Equal([1.5f, 1024f], Values(sum));

        static Logits Of(params float[] values)
        {
            var logits = new Logits(1, new VolumeShape(1, 1, values.Length));
            for (var i = 0; i < values.Length; i++) logits.Head(0)[i] = (Half)values[i];
            return logits;
        }
    }

    [Fact]
    public void logits_that_were_given_back_cannot_be_read()
    {
        var logits = new Logits(2, new VolumeShape(1, 2, 3));
        logits.Dispose();
        Assert.Throws<ObjectDisposedException>(() => logits.Head(0)[0]);
    }

    private static void EqualMap(string file, string size) =>
        Assert.Equal(new Npz(file)["f16_scale10"].Floats(), GaussianMap.Create([.. size.Split('x').Select(int.Parse)]).Select(v => (float)v));

    private static void EqualLogits(string folder, string name, string variant, double step, bool gaussian, bool mirror, WindowEffort effort)
    {
        using var logits = Predict(folder, name, step, gaussian, mirror, effort, SumPrecision.Fp16, out var npz);
        var (actual, expected) = (Values(logits), npz[variant].Floats());
        var different = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            // One unit in the last place of half precision, where the float32 sums differ in rounding.
            Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, 2e-3 * Math.Max(1, Math.Abs(expected[i])));
            if (expected[i] != actual[i]) different++;
        }

        Assert.InRange(different, 0, expected.Length / 50);
    }

    private static Logits Predict(string folder, string name, double step, bool gaussian, bool mirror, WindowEffort effort, SumPrecision sums, out Npz npz)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, $"{name}.json")))!;
        npz = new Npz(Path.Combine(folder, $"{name}.npz"));
        int[] Ints(string key) => [.. json[key]!.AsArray().Select(v => v!.GetValue<int>())];
        using var network = SmallNetworks.Build(json["network"]!.GetValue<string>().Split('/')[^1]);
        var input = npz["input"];
        var image = new Volume<float>(input.Shape[0], new VolumeShape(input.Shape[1], input.Shape[2], input.Shape[3]), input.Floats());
        var settings = new WindowSettings(Ints("patch_size"), network.Heads) { StepSize = step, Gaussian = gaussian, MirrorAxes = mirror ? Ints("mirror_axes") : null, Sums = sums };
        using var window = new SlidingWindow(settings);
        return window.Predict(image, network.Forward, effort, null, CancellationToken.None);
    }

    private static float[] Values(Logits logits) => [.. Enumerable.Range(0, logits.Heads).SelectMany(head => logits.Head(head).ToArray()).Select(v => (float)v)];
}
