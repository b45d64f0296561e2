using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class RectanglesTests
{
    [Fact]
    public void a_box_gets_its_mean_and_nothing_else_changes()
    {
        var shape = new VolumeShape(3, 4, 5);
        float[] values = [.. Enumerable.Range(0, 60).Select(i => (float)i)];
        Rectangles.Blank(values, shape, new Box(new(1, 1, 2), new(3, 3, 5)));
        var inside = Naive.Voxels(shape).Where(v => v is { Z: >= 1 and < 3, Y: >= 1 and < 3, X: >= 2 }).Select(v => Naive.Index(shape, v.Z, v.Y, v.X)).ToHashSet();
        Assert.Equal(12, inside.Count);
        for (var i = 0; i < 60; i++) Assert.Equal(inside.Contains(i) ? (float)inside.Average() : i, values[i]);
    }
}
