using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class SeparableFilterTests
{
    [Property(MaxTest = 60)]
    public void a_ring_of_planes_blurs_as_axis_after_axis_does(int seed)
    {
        var random = new Random(seed);
        var shape = Extent(random);
        double[] sigmas = [.. Enumerable.Range(0, 3).Select(_ => 0.3 + (1.2 * random.NextDouble()))];
        var values = Naive.Noise(shape, seed);
        var expected = values;
        for (var axis = 0; axis < 3; axis++) expected = Blurred(expected, shape, axis, sigmas[axis]);
        using var memory = new Workspace();
        SeparableFilter.Gaussian(shape, sigmas[0], sigmas[1], sigmas[2]).Apply(values, shape, memory);
        GoldenTransforms.Close(expected, values);
    }

    [Property(MaxTest = 60)]
    public void a_ring_of_planes_shows_the_coarser_volume_that_is_never_made(int seed)
    {
        var random = new Random(seed);
        var shape = Extent(random);
        var scale = 0.25 + (0.75 * random.NextDouble());
        var flat = seed % 2 == 0;
        var values = Naive.Noise(shape, seed);
        var expected = values;
        for (var axis = flat ? 1 : 0; axis < 3; axis++) expected = Coarse(expected, shape, axis, scale);
        using var memory = new Workspace();
        SeparableFilter.LowResolution(shape, scale, flat).Apply(values, shape, memory);
        GoldenTransforms.Close(expected, values);
    }

    private static VolumeShape Extent(Random random) => new(random.Next(1, 14), random.Next(1, 14), random.Next(1, 40));

    private static float[] Blurred(float[] values, VolumeShape shape, int axis, double sigma)
    {
        if (shape[axis] == 1) return values;
        var radius = (int)((6 * sigma) + 0.5) / 2;
        double[] kernel = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(i => Math.Exp(-0.5 * i * i / (sigma * sigma)))];
        return Along(values, shape, axis, (line, i) => kernel.Select((w, k) => w * line[Naive.Reflect(i + k - radius, line.Length, edgeTwice: false)]).Sum() / kernel.Sum());
    }

    private static float[] Coarse(float[] values, VolumeShape shape, int axis, double scale)
    {
        var size = shape[axis];
        var reduced = Math.Max(1, (int)MathF.Round(size * (float)scale, MidpointRounding.ToEven));
        return Along(values, shape, axis, (line, i) =>
        {
            double[] small = [.. Enumerable.Range(0, reduced).Select(j => (double)line[Math.Min((int)((j + 0.5f) * ((float)size / reduced)), size - 1)])];
            var at = Math.Max(((i + 0.5) * reduced / size) - 0.5, 0);
            var low = Math.Min((int)at, reduced - 1);
            return (small[low] * (1 - (at - low))) + (small[Math.Min(low + 1, reduced - 1)] * (at - low));
        });
    }

    private static float[] Along(float[] values, VolumeShape shape, int axis, Func<float[], int, double> filter)
    {
        var step = axis switch { 0 => shape.Y * shape.X, 1 => shape.X, _ => 1 };
        return [.. Naive.Voxels(shape).Select(v =>
        {
            var (at, i) = (Naive.Index(shape, v.Z, v.Y, v.X), axis switch { 0 => v.Z, 1 => v.Y, _ => v.X });
            float[] line = [.. Enumerable.Range(0, shape[axis]).Select(n => values[at + ((n - i) * step)])];
            return (float)filter(line, i);
        })];
    }
}
