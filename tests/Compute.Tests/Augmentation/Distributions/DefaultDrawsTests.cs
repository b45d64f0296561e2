using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Transforms;
using static ActorSeg.Compute.Tests.Augmentation.Distributions.Statistics;

namespace ActorSeg.Compute.Tests.Augmentation.Distributions;

/// <summary>What the default pipeline draws, read off what it does to small images.</summary>
[Trait("Category", "Long")]
public class DefaultDrawsTests
{
    private static readonly AugmentationPlan Plan = PipelineTests.Plan("hippocampus_3d", AugmentationVariant.Default);

    [Fact]
    public void angles_and_factors_are_the_references()
    {
        const int samples = 5 * Draws;
        var maps = Streams(Purpose.Spatial, samples).Select(random => Plan.Spatial!.Draw(ref random)).ToList();
        Happened(maps.Count(m => m is null), samples, 0.64);
        // R s with R = Rz Ry Rx: the factor is the length of a column, angles are read off the entries that depend on few of them.
        var drawn = maps.OfType<Compute.Augmentation.Kernels.Affine>()
            .Select(m => (S: Math.Sqrt((m.Zz * m.Zz) + (m.Yz * m.Yz) + (m.Xz * m.Xz)), A: Math.Atan2(m.Xy, m.Xx), B: -m.Xz, C: Math.Atan2(m.Yz, m.Zz))).ToList();
        var scaled = drawn.Where(d => Math.Abs(d.S - 1) > 1e-9).ToList();
        var turned = drawn.Where(d => d.A != 0).Select(d => d with { B = Math.Asin(d.B / d.S) }).ToList();
        Happened(scaled.Count, samples, 0.2);
        Happened(turned.Count, samples, 0.2);
        Happened(turned.Count(d => Math.Abs(d.S - 1) > 1e-9), samples, 0.04);
        AreUniform(scaled.Select(d => d.S), 0.7, 1.4);
        foreach (var angles in (List<double>[])[[.. turned.Select(d => d.A)], [.. turned.Select(d => d.B)], [.. turned.Select(d => d.C)]])
            AreUniform(angles, -Math.PI / 6, Math.PI / 6);
        AreUncorrelated([.. turned.Select(d => d.A)], [.. turned.Select(d => d.B)]);
        AreUncorrelated([.. turned.Select(d => d.B)], [.. turned.Select(d => d.C)]);
    }

    [Fact]
    public void slices_are_turned_up_to_half_a_turn()
    {
        var spatial = PipelineTests.Plan("acdc_3d_dummy2d", AugmentationVariant.Default).Spatial!;
        var maps = Streams(Purpose.Spatial, 5 * Draws).Select(random => spatial.Draw(ref random)).OfType<Compute.Augmentation.Kernels.Affine>().ToList();
        Assert.All(maps, m => Assert.Equal((1, 0, 0, 0, 0), (m.Zz, m.Zy, m.Zx, m.Yz, m.Xz)));
        AreUniform(maps.Select(m => Math.Atan2(m.Xy, m.Xx)).Where(a => a != 0), -Math.PI, Math.PI);
    }

    [Fact]
    public void noise_has_one_deviation_for_all_channels()
    {
        var shape = new VolumeShape(1, 1, 4096);
        var noise = Streams(Purpose.Noise).Select(random => Applied(Row<NoiseTransform>(), random, new float[2 * 4096], shape)).ToList();
        double Deviation(IEnumerable<float> x) => Math.Sqrt(x.Average(v => (double)v * v));
        AreUniform(noise.Select(n => Deviation(n.Take(4096))), 0, 0.1);
        Assert.All(noise, n => Assert.InRange(Deviation(n.Skip(4096)), 0.9 * Deviation(n.Take(4096)), 1.1 * Deviation(n.Take(4096))));
    }

    [Fact]
    public void blur_has_a_width_for_every_axis_of_every_second_channel()
    {
        var shape = new VolumeShape(9, 9, 9);
        var image = new float[2 * 729];
        (image[364], image[729 + 364]) = (1, 1);
        var blurred = Streams(Purpose.Blur).Select(random => Applied(Row<BlurTransform>(), random, image, shape)).ToList();
        Happened(blurred.Count(b => b[364] != 1), Draws, 0.5);
        Happened(blurred.Count(b => b[364] != 1 && b[729 + 364] != 1), Draws, 0.25);
        var first = blurred.Where(b => b[364] != 1).ToList();
        // A Gaussian falls from its middle to the next voxel by exp(-1 / 2 sigma^2).
        double[] Sigmas(int step) => [.. first.Select(b => Math.Sqrt(-0.5 / Math.Log(b[364 + step] / b[364])))];
        foreach (var step in (int[])[81, 9, 1]) AreUniform(Sigmas(step), 0.5, 1);
        AreUncorrelated(Sigmas(81), Sigmas(1));
    }

    [Fact]
    public void factors_of_brightness_and_contrast_lie_below_one_as_often_as_above_for_each_channel_by_itself()
    {
        var one = new VolumeShape(1, 1, 1);
        var bright = Streams(Purpose.Brightness).Select(random => Applied(Row<BrightnessTransform>(), random, [1, 1], one)).ToList();
        AreAroundOne(bright.Select(b => (double)b[0]), 0.75, 1.25);
        AreAroundOne(bright.Select(b => (double)b[1]), 0.75, 1.25);
        AreUncorrelated([.. bright.Select(b => (double)b[0])], [.. bright.Select(b => (double)b[1])]);
        var contrast = Row<ContrastTransform>() with { KeepRange = false };
        AreAroundOne(Streams(Purpose.Contrast).Select(random => Applied(contrast, random, [0, 1], new(1, 1, 2)) is var c ? (double)c[1] - c[0] : 0), 0.75, 1.25);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void powers_lie_below_one_as_often_as_above(bool inverted)
    {
        var row = Plan.Transforms.OfType<GammaTransform>().Single(t => t.Inverted == inverted);
        AreAroundOne(Streams(row.Purpose).Select(random =>
        {
            // Mean and deviation are restored by a straight line, which leaves ratios of differences alone.
            var x = Applied(row, random, [0, 0.5f, 1], new(1, 1, 3));
            var part = inverted ? (x[2] - x[1]) / (x[2] - x[0]) : (x[1] - x[0]) / (x[2] - x[0]);
            return Math.Log(part) / Math.Log(0.5);
        }), 0.7, 1.5);
    }

    [Fact]
    public void low_resolution_has_a_scale_for_every_second_channel()
    {
        var row = Row<LowResolutionTransform>();
        AreUniform(Streams(Purpose.LowResolution).Select(random => row.Scale.Draw(ref random)), 0.5, 1);
        var image = Enumerable.Range(0, 512).Select(i => (float)(i % 2)).ToArray();
        var coarse = Streams(Purpose.LowResolution).Select(random => Applied(row, random, image, new(1, 1, 256))).ToList();
        // A scale within half a voxel of one changes nothing.
        Happened(coarse.Count(c => !c.AsSpan(0, 256).SequenceEqual(image.AsSpan(0, 256))), Draws, 0.5 * (1 - (0.5 / 256 / 0.5)));
    }

    [Fact]
    public void every_set_of_axes_is_mirrored_as_often_as_any_other()
    {
        float[] image = [0, 1, 2, 3, 4, 5, 6, 7];
        var mirrored = Streams(Purpose.Mirror).Select(random => Applied(Row<MirrorTransform>(), random, image, new(2, 2, 2))[0]).ToList();
        AreEquallyOften(mirrored, 8);
    }

    private static T Row<T>() where T : SampleTransform => Plan.Transforms.OfType<T>().Single();
}
