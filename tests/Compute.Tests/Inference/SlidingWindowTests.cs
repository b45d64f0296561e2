using System.Text.Json.Nodes;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Inference;

public class SlidingWindowTests
{
    [Theory, InlineData("14x16x12"), InlineData("64x64")]
    public void gaussian_maps_equal_the_references_to_the_bit(string size) =>
        Assert.Equal(
            new Npz(TestPaths.Golden("j_inference", $"gaussian_{size}.npz"))["f16_scale10"].Floats(),
            GaussianMap.Create([.. size.Split('x').Select(int.Parse)]).Select(v => (float)v));

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
    public void whole_images_get_the_references_logits(string name, string variant, double step, bool gaussian, bool mirror)
    {
        var json = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("j_inference", $"{name}.json")))!;
        var npz = new Npz(TestPaths.Golden("j_inference", $"{name}.npz"));
        int[] Ints(string key) => [.. json[key]!.AsArray().Select(v => v!.GetValue<int>())];
        using var network = SmallNetworks.Build(json["network"]!.GetValue<string>().Split('/')[^1]);
        var input = npz["input"];
        var image = new Volume<float>(input.Shape[0], new VolumeShape(input.Shape[1], input.Shape[2], input.Shape[3]), input.Floats());
        var window = new SlidingWindow(Ints("patch_size"), step, gaussian, mirror ? Ints("mirror_axes") : null, network.Heads);
        var actual = window.Predict(image, network.Forward, null, CancellationToken.None);
        var expected = npz[variant].Floats();
        var different = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            // One unit in the last place of half precision, where the float32 sums differ in rounding.
            Assert.InRange(Math.Abs(expected[i] - actual.Data[i]), 0, 2e-3 * Math.Max(1, Math.Abs(expected[i])));
            if (expected[i] != actual.Data[i]) different++;
        }

        Assert.InRange(different, 0, expected.Length / 50);
    }

    [Fact]
    public void folds_are_averaged_in_half_precision()
    {
        Volume<float> Of(params float[] values) => new(1, new VolumeShape(1, 1, values.Length), values);
        var sum = FoldAverage.Add(FoldAverage.Add(null, Of(1, 2048)), Of(2, 1));
        Assert.Equal([3f, 2048f], sum.Data);
        Assert.Equal([1.5f, 1024f], FoldAverage.Divide(sum, 2).Data);
    }
}
