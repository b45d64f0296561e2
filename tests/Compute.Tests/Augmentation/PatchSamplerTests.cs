using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Augmentation;

public class PatchSamplerTests
{
    [Fact]
    public void the_references_samples_of_a_batch_are_forced_to_hold_foreground()
    {
        foreach (var (fraction, batches) in Json("oversample_pattern").AsObject())
            foreach (var (size, pattern) in batches!.AsObject())
                Assert.Equal(
                    pattern!.AsArray().Select(v => v!.GetValue<bool>()),
                    Enumerable.Range(0, pattern!.AsArray().Count).Select(i => PatchSampler.MustHoldForeground(i, int.Parse(size), double.Parse(fraction))));
    }

    [Fact]
    public void initial_patches_are_the_references()
    {
        foreach (var entry in Json("get_patch_size").AsArray())
        {
            int[] patch = Ints(entry!["final_patch_size"]!), expected = Ints(entry["result"]!);
            if (entry["rot"] is not JsonValue rot || entry["scale_range"]![0]!.GetValue<double>() != 0.85) continue;
            var flat = patch.Length == 2;
            var shape = flat ? new VolumeShape(1, patch[0], patch[1]) : VolumeShape.From(patch);
            var actual = AugmentationSettings.InitialPatchFor(shape, rot.GetValue<double>(), flat).ToArray();
            Assert.Equal(expected, flat ? actual[1..] : actual);
        }
    }

    [Fact]
    public void boxes_lie_where_the_references_lie()
    {
        var checkedBoxes = 0;
        foreach (var entry in Json("get_bbox").AsArray())
        {
            int[] size = Ints(entry!["data_shape"]!), loaded = Ints(entry["initial_patch_size"]!), patch = Ints(entry["final_patch_size"]!);
            if (patch.Length == 2) (loaded, patch) = ([1, .. loaded], [1, .. patch]);
            checkedBoxes++;
            if (entry["forced_voxel"] is JsonArray voxel)
            {
                var locations = new ClassLocations([new ClassLocations.Entry([1], false, Ints(voxel))]);
                var random = new Philox(default, 0, 0);
                var box = PatchSampler.Draw(ref random, VolumeShape.From(size), locations, SmallNetworks.Labels(1), VolumeShape.From(loaded), VolumeShape.From(patch), foreground: true);
                Assert.Equal(Ints(entry["bbox_lbs"]!), box.Low.ToArray());
                Assert.Equal(Ints(entry["bbox_ubs"]!), box.High.ToArray());
            }
            else
                for (var axis = 0; axis < 3; axis++)
                {
                    var range = Ints(entry["randint_low_high_exclusive"]![axis]!);
                    Assert.Equal((range[0], range[1] - 1), PatchSampler.CornerRange(size[axis], loaded[axis], patch[axis]));
                }
        }

        Assert.NotEqual(0, checkedBoxes);
    }

    private static JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(TestPaths.Golden("i_augment", $"{name}.json")))!;

    private static int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
}
