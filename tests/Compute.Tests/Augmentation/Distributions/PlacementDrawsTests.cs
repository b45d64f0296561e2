using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;
using ActorSeg.Compute.Augmentation.Transforms;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Tests.Networks;
using static ActorSeg.Compute.Tests.Augmentation.Distributions.Statistics;

namespace ActorSeg.Compute.Tests.Augmentation.Distributions;

/// <summary>Where patches lie, and what happens to the stage before of a cascade.</summary>
[Trait("Category", "Long")]
public class PlacementDrawsTests
{
    private static readonly AugmentationPlan Plan = PipelineTests.Plan("wholebody_cascade_fullres", AugmentationVariant.Default);

    [Fact]
    public void corners_are_uniform_and_so_are_classes_and_their_voxels()
    {
        var (volume, patch) = (new VolumeShape(90, 80, 70), new VolumeShape(8, 8, 8));
        int[] Voxels(int z) => [.. Enumerable.Range(10, 20).SelectMany(x => (int[])[z, 40, x])];
        var locations = new ClassLocations([new([1], false, Voxels(20)), new([2, 3], true, Voxels(40)), new([3], false, [60, 40, 15]), new([4], false, [])]);
        Box Draw(Philox random, bool forced) => PatchSampler.Draw(ref random, volume, locations, SmallNetworks.Labels(4), patch, patch, forced);
        var free = Streams(Purpose.Box).Select(random => Draw(random, false).Low).ToList();
        for (var axis = 0; axis < 3; axis++) AreEquallyOften([.. free.Select(low => low[axis])], volume[axis] - 7);
        var forced = Streams(Purpose.Box).Select(random => Draw(random, true).Low).ToList();
        AreEquallyOften([.. forced.Select(low => low.Z)], 3);
        AreEquallyOften([.. forced.Where(low => low.Z == 20 - 4).Select(low => low.X)], 20);
    }

    [Fact]
    public void samples_are_forced_by_their_chance()
    {
        var rule = new ForegroundRule(ByChance: true, Fraction: 0.33).For(4, 4, 0.5);
        var forced = Enumerable.Range(0, Draws).Select(i => (A: rule.Forces(Key(i), 0), B: rule.Forces(Key(i), 1))).ToList();
        Happened(forced.Count(f => f.A), Draws, 0.33);
        Happened(forced.Count(f => f.A && f.B), Draws, 0.33 * 0.33);

        static BatchKey Key(int i) => new(3, new Fold(1), false, i / 250, i % 250);
    }

    [Fact]
    public void operators_and_radii_are_equally_likely_for_every_second_label()
    {
        var row = Plan.Transforms.OfType<BinaryOperatorTransform>().Single();
        var shape = new VolumeShape(21, 21, 21);
        var middle = (int)shape.Voxels / 2;
        var sizes = new List<int>();
        var image = new float[shape.Voxels];
        image[middle] = 1;
        using var memory = new Workspace();
        foreach (var random in Streams(row.Purpose))
        {
            var channels = (float[])image.Clone();
            (row with { Chance = 1 }).ApplyByChance(random, new Sample(channels, 0, new short[shape.Voxels], [], shape, memory));
            sizes.Add(channels.Count(v => v != 0));
        }

        // One voxel goes by erosion and opening, stays by closing or where nothing is done, and becomes the element by dilation.
        Happened(sizes.Count(s => s == 0), Draws, 0.25);
        Happened(sizes.Count(s => s == 1), Draws, 0.5 + 0.125);
        var elements = sizes.Where(s => s > 1).ToList();
        Happened(elements.Count, Draws, 0.125);
        int[] expected = [.. Enumerable.Range(0, 2800).Select(i => StructuringElement.Ball(1 + ((i + 0.5) / 400)).Runs.Sum(r => r.Last - r.First + 1)).Order()];
        FollowSteps(elements, x => expected.Count(e => e <= x) / (double)expected.Length);
    }

    [Fact]
    public void any_component_that_is_small_enough_goes()
    {
        var row = Plan.Transforms.OfType<RemoveComponentTransform>().Single();
        var shape = new VolumeShape(1, 1, 100);
        var image = new float[100];
        foreach (var at in (int[])[1, 5, 9, 13]) image[at] = 1;
        // Sixteen of a hundred voxels are too many.
        for (var at = 40; at < 56; at++) image[at] = 1;
        using var memory = new Workspace();
        var gone = new List<int>();
        foreach (var random in Streams(row.Purpose))
        {
            var channels = (float[])image.Clone();
            (row with { Chance = 1 }).ApplyByChance(random, new Sample(channels, 0, new short[100], [], shape, memory));
            gone.AddRange(Enumerable.Range(0, 100).Where(at => channels[at] != image[at]));
        }

        Happened(gone.Count, Draws, 0.5);
        AreEquallyOften(gone, 4);
    }
}
