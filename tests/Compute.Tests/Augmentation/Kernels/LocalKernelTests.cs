using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class LocalKernelTests
{
    private static readonly VolumeShape Shape = new(7, 9, 21);

    [Theory, InlineData(3, 2, 4, 3, 10, 9), InlineData(-3.5, 1.2, 13, 1.5, 30, 3.5), InlineData(10, 7, -4, 9, 20, 21)]
    public void the_kernel_is_the_normal_distribution_over_each_voxel_scaled_to_the_range(double z, double sz, double y, double sy, double x, double sx)
    {
        var kernel = new LocalKernel((z, sz), (y, sy), (x, sx), Shape);
        double[] raw = [.. Naive.Voxels(Shape).Select(v => Mass(v.Z, z, sz) * Mass(v.Y, y, sy) * Mass(v.X, x, sx))];
        var (low, high) = (raw.Min(), raw.Max());
        foreach (var ((vz, vy, vx), mass) in Naive.Voxels(Shape).Zip(raw)) Assert.Equal((mass - low) / (high - low), kernel.At(vz, vy, vx), 1e-5);
    }

    [Fact]
    public void a_hill_is_added_at_its_full_height()
    {
        var kernel = new LocalKernel((3, 2), (4, 3), (10, 9), Shape);
        var values = Naive.Noise(Shape, 1);
        float[] expected = [.. values.Zip(Naive.Voxels(Shape), (value, v) => value - (2.5f * kernel.At(v.Z, v.Y, v.X)))];
        kernel.AddTo(values, -2.5f);
        GoldenTransforms.Close(expected, values);
    }

    [Theory, InlineData(0.4), InlineData(3)]
    public void the_power_fades_with_the_kernel_within_the_range_there_was(double gamma)
    {
        var kernel = new LocalKernel((3, 2), (4, 3), (10, 9), Shape);
        var values = Naive.Noise(Shape, 1);
        var (low, range) = (values.Min(), values.Max() - values.Min());
        float[] expected = [.. values.Zip(Naive.Voxels(Shape), (value, v) => Faded(value, kernel.At(v.Z, v.Y, v.X)))];
        kernel.Raise(values, gamma);
        GoldenTransforms.Close(expected, values);

        float Faded(float value, float k)
        {
            var part = (value - low) / range;
            return ((part * (1 - k)) + (MathF.Pow(part, (float)gamma) * k)) * range + low;
        }
    }

    [Fact]
    public void a_kernel_of_no_axis_changes_nothing()
    {
        var kernel = new LocalKernel((0, double.PositiveInfinity), (0, double.PositiveInfinity), (0, double.PositiveInfinity), Shape);
        var values = Naive.Noise(Shape, 1);
        var before = (float[])values.Clone();
        kernel.AddTo(values, 3);
        Assert.Equal(before, values);
    }

    // The integral of the density over a voxel, by so many steps that nothing is left out.
    private static double Mass(int i, double centre, double sigma)
    {
        const int steps = 2000;
        return Enumerable.Range(0, steps).Sum(s => Math.Exp(-0.5 * Math.Pow((i - 0.5 + ((s + 0.5) / steps) - centre) / sigma, 2))) / steps;
    }
}
