using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Compute.Tests.Augmentation;

public class TransformTests
{
    private static readonly JsonNode Parameters = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("i_augment", "params.json")))!;

    [Theory, InlineData("spatial3d_rot_scale"), InlineData("spatial3d_scale_large_oob"), InlineData("spatial2d_rot_scale")]
    public void turning_and_scaling_equals_the_reference(string name)
    {
        var npz = Golden(name);
        var p = Parameters[name]!;
        double[] angles = [.. p["angles_rad"]!.AsArray().Select(v => v!.GetValue<double>())], scales = [.. p["scales"]!.AsArray().Select(v => v!.GetValue<double>())];
        var flat = scales.Length == 2;
        var map = flat ? Affine.Compose(angles[^1], 0, 0, 1, scales[0], scales[1]) : Affine.Compose(angles[0], angles[1], angles[2], scales[0], scales[1], scales[2]);
        var (from, to) = (ShapeOf(npz["image"], flat), ShapeOf(npz["out_image"], flat));
        var (image, expected) = (npz["image"].Floats(), npz["out_image"].Floats());
        var actual = new float[expected.Length];
        for (var c = 0; c < npz["image"].Shape[0]; c++)
            SpatialTransform.Image(image.AsSpan(c * (int)from.Voxels, (int)from.Voxels), from, actual.AsSpan(c * (int)to.Voxels, (int)to.Voxels), to, map);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, 1e-4);

        var labels = new short[to.Voxels];
        SpatialTransform.Labels(Shorts(npz["seg"]), from, labels, to, map, flat);
        var wanted = Shorts(npz["out_seg"]);
        var different = labels.Zip(wanted).Count(pair => pair.First != pair.Second);
        Assert.InRange(different, 0, labels.Length / 10_000);
    }

    [Theory, InlineData("gamma_0.7_invert1", true), InlineData("gamma_1.4_invert0", false)]
    public void gamma_equals_the_reference(string name, bool invert) =>
        Check(name, "gamma", (channel, value) => Intensity.Gamma(channel, value, invert));

    [Fact]
    public void brightness_equals_the_reference() => Check("brightness", "multipliers", (channel, value) => Intensity.Brightness(channel, (float)value));

    [Fact]
    public void contrast_equals_the_reference() => Check("contrast", "multipliers", (channel, value) => Intensity.Contrast(channel, (float)value));

    [Fact]
    public void mirroring_equals_the_reference()
    {
        var npz = Golden("mirror_02");
        var shape = ShapeOf(npz["image"], false);
        var image = npz["image"].Floats();
        for (var c = 0; c < 2; c++) Flip.Axes(image.AsSpan(c * (int)shape.Voxels, (int)shape.Voxels), shape, 0b101);
        Assert.Equal(npz["out_image"].Floats(), image);
        var labels = Shorts(npz["seg"]);
        Flip.Axes<short>(labels, shape, 0b101);
        Assert.Equal(Shorts(npz["out_seg"]), labels);
    }

    [Theory, InlineData("downsample_ds_aniso_odd"), InlineData("downsample_ds_hippocampus")]
    public void targets_of_lower_outputs_equal_the_reference(string name)
    {
        var npz = Golden(name);
        var labels = Shorts(npz["seg"]);
        foreach (var output in npz.Names.Where(n => n.StartsWith("out", StringComparison.Ordinal)))
        {
            var to = ShapeOf(npz[output], false);
            var actual = new short[to.Voxels];
            DeepSupervisionTargets.Downsample(labels, ShapeOf(npz["seg"], false), actual, to);
            Assert.Equal(Shorts(npz[output]), actual);
        }
    }

    private static void Check(string name, string parameter, Action<Span<float>, double> transform)
    {
        var npz = Golden(name);
        var values = Parameters[name]!["params"]![parameter]!.AsArray();
        var (image, expected) = (npz["image"].Floats(), npz["out"].Floats());
        var voxels = (int)ShapeOf(npz["image"], false).Voxels;
        for (var c = 0; c < values.Count; c++) transform(image.AsSpan(c * voxels, voxels), values[c]!.GetValue<double>());
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - image[i]), 0, 1e-4 * Math.Max(1, Math.Abs(expected[i])));
    }

    private static Npz Golden(string name) => new(TestPaths.Golden("i_augment", $"{name}.npz"));

    private static VolumeShape ShapeOf(NpyArray array, bool flat) => flat ? new(1, array.Shape[1], array.Shape[2]) : new(array.Shape[1], array.Shape[2], array.Shape[3]);

    private static short[] Shorts(NpyArray array) => [.. array.Longs().Select(v => (short)v)];
}
