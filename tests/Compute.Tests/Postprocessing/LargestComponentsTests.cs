using System.Text.Json.Nodes;
using ActorSeg.Compute.Postprocessing;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Postprocessing;

public class LargestComponentsTests
{
    private static readonly Npz Golden = new(TestPaths.Golden("k_eval", "largest_component.npz"));

    [Theory, InlineData("fg_all"), InlineData("label1"), InlineData("label2"), InlineData("label3_tie"), InlineData("region12")]
    public void components_are_those_of_the_reference(string call)
    {
        var wanted = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("k_eval", "largest_component.json")))!["calls"]![call]!;
        int[] labels = wanted is JsonArray list ? [.. list.Select(l => l!.GetValue<int>())] : [wanted.GetValue<int>()];
        var map = Labels("seg");
        var removed = LargestComponents.Keep(map, new VolumeShape(14, 18, 16), [labels]);
        Assert.Equal(Labels(call), map);
        Assert.Equal(Labels("seg").Zip(map).Count(pair => pair.First != pair.Second), removed);
    }

    [Fact]
    public void a_single_slice_has_eight_neighbours()
    {
        var map = Labels("seg2d");
        LargestComponents.Keep(map, new VolumeShape(1, 18, 16), [[1]]);
        Assert.Equal(Labels("seg2d_label1"), map);
    }

    [Property(MaxTest = 300)]
    public void components_are_those_of_a_flood_fill(byte depth, byte height, byte width, int seed, byte density)
    {
        var shape = new VolumeShape(1 + (depth % 5), 1 + (height % 7), 1 + (width % 9));
        var map = Random(shape, seed, density);
        int[][] groups = [[1, 3], [2]];
        var expected = FloodFill(map, shape, groups);
        LargestComponents.Keep(map, shape, groups);
        Assert.Equal(expected, map);
    }

    [Property(MaxTest = 100)]
    public void steps_without_a_label_in_common_may_be_done_together(byte depth, byte height, byte width, int seed, byte density)
    {
        var shape = new VolumeShape(1 + (depth % 5), 1 + (height % 7), 1 + (width % 9));
        var (together, apart) = (Random(shape, seed, density), Random(shape, seed, density));
        PostprocessingStep[] steps = [new([1, 2, 3], StepForm.List), new([1], StepForm.Label), new([2], StepForm.Label), new([2, 3], StepForm.Region)];
        var removed = PostprocessingStep.Apply(steps, together, shape);
        Assert.Equal(steps.Sum(step => LargestComponents.Keep(apart, shape, [step.Labels])), removed);
        Assert.Equal(apart, together);
    }

    [Fact]
    public void sizes_of_components_come_largest_first()
    {
        ushort[] map = [1, 0, 1, 1, 0, 2, 0, 0, 1];
        var sizes = LargestComponents.Sizes(map, new VolumeShape(1, 1, 9), [[1], [2], [3]]);
        Assert.Equal([[2, 1, 1], [1], []], sizes);
    }

    [Fact]
    public void values_beyond_every_label_asked_for_are_left_alone()
    {
        ushort[] map = [65535, 1, 0, 1, 1];
        Assert.Equal(1, LargestComponents.Keep(map, new VolumeShape(1, 1, 5), [[1]]));
        Assert.Equal([65535, 0, 0, 1, 1], map);
    }

    private static ushort[] Labels(string name) => Array.ConvertAll(Golden[name].Longs(), v => (ushort)v);

    private static ushort[] Random(VolumeShape shape, int seed, byte density)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Voxels).Select(_ => random.Next(256) < density ? (ushort)random.Next(1, 4) : (ushort)0)];
    }

    // Voxel by voxel, as plainly as it can be said.
    private static ushort[] FloodFill(ushort[] map, VolumeShape shape, int[][] groups)
    {
        var result = (ushort[])map.Clone();
        foreach (var group in groups)
        {
            var components = new List<List<int>>();
            var seen = new HashSet<int>();
            for (var start = 0; start < map.Length; start++)
            {
                if (!group.Contains(map[start]) || !seen.Add(start)) continue;
                var (component, open) = (new List<int>(), new Stack<int>([start]));
                while (open.TryPop(out var at))
                {
                    component.Add(at);
                    var (z, y, x) = (at / (shape.Y * shape.X), at / shape.X % shape.Y, at % shape.X);
                    for (var c = Math.Max(0, z - 1); c <= Math.Min(shape.Z - 1, z + 1); c++)
                        for (var b = Math.Max(0, y - 1); b <= Math.Min(shape.Y - 1, y + 1); b++)
                            for (var a = Math.Max(0, x - 1); a <= Math.Min(shape.X - 1, x + 1); a++)
                                if ((((c * shape.Y) + b) * shape.X) + a is var next && group.Contains(map[next]) && seen.Add(next))
                                    open.Push(next);
                }

                components.Add(component);
            }

            foreach (var voxel in components.Where(c => c.Count < components.Max(other => other.Count)).SelectMany(c => c)) result[voxel] = 0;
        }

        return result;
    }
}
