using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class MedianFilterTests
{
    [Theory, InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7)]
    public void medians_are_those_of_sorted_windows(int size)
    {
        foreach (var shape in (VolumeShape[])[new(5, 4, 11), new(1, 9, 19), new(2, 3, 8)])
        {
            var values = Naive.Noise(shape, size);
            (values[0], values[1], values[2]) = (-0f, 0f, values[3]);
            float[] expected = [.. Naive.Voxels(shape).Select(v => Median(values, shape, v, size))];
            using var memory = new Workspace();
            MedianFilter.Apply(values, shape, size, memory);
            Assert.Equal(expected, values);
        }
    }

    // Edges reflected with the edge voxel repeated; of an even number of values the upper of the two in the middle (scipy.ndimage).
    private static float Median(float[] values, VolumeShape shape, (int Z, int Y, int X) v, int size)
    {
        var window = Naive.Voxels(new VolumeShape(shape.Z == 1 ? 1 : size, size, size)).Select(o => values[Naive.Index(
            shape, Naive.Reflect(shape.Z == 1 ? 0 : v.Z + o.Z - (size / 2), shape.Z, true), Naive.Reflect(v.Y + o.Y - (size / 2), shape.Y, true),
            Naive.Reflect(v.X + o.X - (size / 2), shape.X, true))]).Order().ToList();
        return window[window.Count / 2];
    }
}
