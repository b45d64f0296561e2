using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class SmoothingTests
{
    [Theory, InlineData("blur_0.6_0.9_0.55"), InlineData("blur2d")]
    public void blurring_equals_the_reference(string name) => Blur(name);

    [SharedTheory("golden/i_augment"), InlineData("blur_0.5_0.75_1.0")]
    public void blurring_equals_the_reference_with_every_kernel_size(string name) => Blur(name);

    [Theory, InlineData("lowres3d"), InlineData("lowres2d")]
    public void low_resolution_equals_the_reference(string name) => LowResolution(name);

    [SharedTheory("golden/i_augment"), InlineData("lowres3d_ignoreaxis0")]
    public void low_resolution_leaves_the_slice_axis_where_it_must(string name) => LowResolution(name);

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void axes_thinner_than_the_kernel_are_blurred_all_the_same(int thin)
    {
        var shape = new VolumeShape(thin, 5, 4);
        float[] values = [.. Enumerable.Repeat(2f, (int)shape.Voxels)];
        using var memory = new Workspace();
        SeparableFilter.Gaussian(shape, 1, 1, 1).Apply(values, shape, memory);
        Assert.All(values, v => Assert.Equal(2f, v, 1e-5f));
    }

    private static void Blur(string name)
    {
        var golden = new GoldenTransforms(name);
        var p = golden.Parameters["params"]!;
        var next = 0;
        golden.Check((channel, values, shape) =>
        {
            if (!p["apply_to_channel"]![channel]!.GetValue<bool>()) return;
            var sigmas = GoldenTransforms.Doubles(p["sigmas"]![next++]!);
            using var memory = new Workspace();
            SeparableFilter.Gaussian(shape, sigmas[0], sigmas[^2], sigmas[^1]).Apply(values, shape, memory);
        });
        Assert.NotEqual(0, next);
    }

    private static void LowResolution(string name)
    {
        var golden = new GoldenTransforms(name);
        golden.Check((channel, values, shape) =>
        {
            var scales = GoldenTransforms.Doubles(golden.Parameters["params"]!["scales"]![channel]!);
            using var memory = new Workspace();
            SeparableFilter.LowResolution(shape, scales[^1], inPlaneOnly: shape.Z == 1 || scales[0] == 1).Apply(values, shape, memory);
        });
    }
}
