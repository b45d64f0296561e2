using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Datasets;
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
                    Enumerable.Range(0, pattern!.AsArray().Count).Select(i => ForegroundRule.IsAmongLast(i, int.Parse(size), double.Parse(fraction))));
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
                var box = PatchSampler.Draw(
                    ref random, VolumeShape.From(size), locations, SmallNetworks.Labels(1), VolumeShape.From(loaded),
                    VolumeShape.From(patch), foreground: true);
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

    [Fact]
    public void every_class_that_is_there_is_as_likely_whatever_its_size()
    {
        var many = Enumerable.Range(0, 300).SelectMany(i => (int[])[10, 10, 10 + (i % 3)]).ToArray();
        var locations = new ClassLocations([new([1], false, many), new([2], false, [20, 20, 20]), new([3], false, [])]);
        var first = Boxes(locations, SmallNetworks.Labels(3), foreground: true).Count(box => box.Low.Z == 10 - 4);
        Assert.InRange(first, 430, 570);
    }

    [Fact]
    public void with_an_ignore_label_boxes_that_need_no_foreground_are_centred_on_what_is_annotated()
    {
        var labels = SmallNetworks.Labels(2) with { Ignore = 3 };
        var locations = new ClassLocations([new([1], false, [20, 20, 20]), new([-1, .. labels.All], true, [15, 16, 17])]);
        Assert.All(Boxes(locations, labels, foreground: false), box => Assert.Equal(new VolumeShape(11, 12, 13), box.Low));
        Assert.All(Boxes(locations, labels, foreground: true), box => Assert.Equal(new VolumeShape(16, 16, 16), box.Low));
        // Where nothing else is there, what is annotated counts as foreground too.
        var alone = new ClassLocations([new([1], false, []), locations.Entries[1]]);
        Assert.All(Boxes(alone, labels, foreground: true), box => Assert.Equal(new VolumeShape(11, 12, 13), box.Low));
    }

    [Fact]
    public void without_foreground_boxes_lie_anywhere_up_to_both_ends()
    {
        foreach (var locations in (ClassLocations?[])[null, new ClassLocations([new([1], false, [])])])
        {
            var lows = Boxes(locations, SmallNetworks.Labels(1), foreground: true).Select(box => box.Low.X).ToList();
            Assert.Equal((0, 32), (lows.Min(), lows.Max()));
        }
    }

    private static List<Box> Boxes(ClassLocations? locations, LabelSet labels, bool foreground) => [.. Enumerable.Range(0, 1000).Select(i =>
    {
        var random = new Philox(new BatchKey(1, Fold.All, false, 0, i), 0, 0);
        var patch = new VolumeShape(8, 8, 8);
        return PatchSampler.Draw(ref random, new VolumeShape(40, 40, 40), locations, labels, patch, patch, foreground);
    })];

    private static JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(TestPaths.Golden("i_augment", $"{name}.json")))!;

    private static int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
}
