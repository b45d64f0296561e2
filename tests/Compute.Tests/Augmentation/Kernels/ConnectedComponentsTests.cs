using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class ConnectedComponentsTests
{
    [Property(MaxTest = 60)]
    public bool components_are_those_that_a_flood_would_fill_corners_included(int seed, byte density)
    {
        var random = new Random(seed);
        var shape = new VolumeShape(random.Next(1, 7), random.Next(1, 8), random.Next(1, 12));
        float[] mask = [.. Enumerable.Range(0, (int)shape.Voxels).Select(_ => random.Next(256) < density ? 1f : 0f)];
        var expected = Flood(mask, shape);
        using var memory = new Workspace();
        using var components = new ConnectedComponents(mask, shape, memory);
        var limit = random.Next(1, 20) + 0.5;
        var valid = components.CountBelow(limit);
        var small = expected.Where(c => c.Count < limit).Select(c => string.Join(",", c)).ToHashSet();
        var found = new List<string>();
        for (var i = 0; i < valid; i++)
        {
            var channel = new float[mask.Length];
            components.Fill(channel, i, 1);
            found.Add(string.Join(",", Enumerable.Range(0, channel.Length).Where(v => channel[v] == 1)));
        }

        return valid == small.Count && small.SetEquals(found);
    }

    private static List<SortedSet<int>> Flood(float[] mask, VolumeShape shape)
    {
        var seen = new HashSet<int>();
        var components = new List<SortedSet<int>>();
        foreach (var start in Naive.Voxels(shape).Where(v => mask[Naive.Index(shape, v.Z, v.Y, v.X)] != 0))
        {
            if (!seen.Add(Naive.Index(shape, start.Z, start.Y, start.X))) continue;
            var (component, open) = (new SortedSet<int>(), new Stack<(int Z, int Y, int X)>([start]));
            while (open.TryPop(out var v))
            {
                component.Add(Naive.Index(shape, v.Z, v.Y, v.X));
                foreach (var (dz, dy, dx) in Naive.Voxels(new VolumeShape(3, 3, 3)))
                {
                    var n = (Z: v.Z + dz - 1, Y: v.Y + dy - 1, X: v.X + dx - 1);
                    if (Naive.Holds(shape, n.Z, n.Y, n.X) && Naive.Index(shape, n.Z, n.Y, n.X) is var i && mask[i] != 0 && seen.Add(i)) open.Push(n);
                }
            }

            components.Add(component);
        }

        return components;
    }
}
