using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class AxisOrderTests
{
    private static readonly VolumeShape Shape = new(4, 5, 5), Cube = new(4, 4, 4);

    [Fact]
    public void a_quarter_turn_goes_from_the_first_axis_towards_the_second()
    {
        // numpy: rot90(m)[i, j] = m[j, n - 1 - i].
        var values = Numbers(Shape);
        var turned = Apply(AxisOrder.QuarterTurns(1, 1, 2), values, Shape);
        foreach (var (z, y, x) in Naive.Voxels(Shape)) Assert.Equal(values[Naive.Index(Shape, z, x, 4 - y)], turned[Naive.Index(Shape, z, y, x)]);
    }

    [Theory, InlineData(0, 1), InlineData(0, 2), InlineData(1, 2)]
    public void turns_add_up(int first, int second)
    {
        var values = Numbers(Cube);
        var turned = values;
        for (var quarters = 0; quarters < 4; quarters++)
        {
            Assert.Equal(turned, Apply(AxisOrder.QuarterTurns(quarters, first, second), values, Cube));
            turned = Apply(AxisOrder.QuarterTurns(1, first, second), turned, Cube);
        }

        Assert.Equal(values, turned);
    }

    [Fact]
    public void axes_change_places_as_numpys_transpose_has_it()
    {
        var values = Numbers(Cube);
        var moved = Apply(new AxisOrder(1, 2, 0, 0), values, Cube);
        foreach (var (z, y, x) in Naive.Voxels(Cube)) Assert.Equal(values[Naive.Index(Cube, x, z, y)], moved[Naive.Index(Cube, z, y, x)]);
    }

    [Fact]
    public void axes_of_different_extents_do_not_change_places()
    {
        using var memory = new Workspace();
        Assert.Throws<ArgumentException>(() => new AxisOrder(1, 0, 2, 0).Apply<float>(Numbers(Shape), Shape, memory));
    }

    private static float[] Numbers(VolumeShape shape) => [.. Enumerable.Range(0, (int)shape.Voxels).Select(i => (float)i)];

    private static float[] Apply(AxisOrder order, float[] values, VolumeShape shape)
    {
        using var memory = new Workspace();
        var result = (float[])values.Clone();
        order.Apply<float>(result, shape, memory);
        return result;
    }
}
