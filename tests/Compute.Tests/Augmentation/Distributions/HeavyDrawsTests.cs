using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Transforms;
using static ActorSeg.Compute.Tests.Augmentation.Distributions.Statistics;

namespace ActorSeg.Compute.Tests.Augmentation.Distributions;

/// <summary>What DA5 draws.</summary>
[Trait("Category", "Long")]
public class HeavyDrawsTests
{
    private static readonly AugmentationPlan Plan = PipelineTests.Plan("hippocampus_3d", AugmentationVariant.Heavy);

    [Fact]
    public void every_axis_is_turned_and_scaled_for_itself()
    {
        const int samples = 5 * Draws;
        var maps = Streams(Purpose.Spatial, samples).Select(random => Plan.Spatial!.Draw(ref random)).ToList();
        Happened(maps.Count(m => m is null), samples, 0.6 * 0.8);
        // R diag(s): the factors are the lengths of the columns.
        var drawn = maps.OfType<Compute.Augmentation.Kernels.Affine>().Select(m => (
            M: m, S0: Length(m.Zz, m.Yz, m.Xz), S1: Length(m.Zy, m.Yy, m.Xy), S2: Length(m.Zx, m.Yx, m.Xx))).ToList();
        var scaled = drawn.Where(d => Math.Abs(d.S0 - 1) > 1e-9).ToList();
        Happened(scaled.Count, samples, 0.2);
        foreach (var factors in (List<double>[])[[.. scaled.Select(d => d.S0)], [.. scaled.Select(d => d.S1)], [.. scaled.Select(d => d.S2)]])
            AreUniform(factors, 0.7, 1.43);
        AreUncorrelated([.. scaled.Select(d => d.S0)], [.. scaled.Select(d => d.S1)]);
        AreUncorrelated([.. scaled.Select(d => d.S1)], [.. scaled.Select(d => d.S2)]);
        // About each axis two samples of ten: those that are turned, by an even chance an axis.
        var angles = drawn.Select(d => (A: Math.Atan2(d.M.Xy / d.S1, d.M.Xx / d.S2), B: Math.Asin(Math.Clamp(-d.M.Xz / d.S0, -1, 1)), C: Math.Atan2(d.M.Yz, d.M.Zz))).ToList();
        foreach (var turned in (List<double>[])[[.. angles.Select(a => a.A)], [.. angles.Select(a => a.B)], [.. angles.Select(a => a.C)]])
        {
            Happened(turned.Count(a => a != 0), samples, 0.2);
            AreUniform(turned.Where(a => a != 0), -Math.PI / 6, Math.PI / 6);
        }

        static double Length(double a, double b, double c) => Math.Sqrt((a * a) + (b * b) + (c * c));
    }

    [Fact]
    public void quarter_turns_are_equally_likely_in_every_plane_and_orders_of_axes_too()
    {
        float[] image = [.. Enumerable.Range(0, 27).Select(i => (float)i)];
        var turned = Streams(Purpose.QuarterTurn).Select(random => string.Join(' ', Applied(new QuarterTurnTransform(1, [0, 1, 2]), random, image, new(3, 3, 3)))).ToList();
        var unchanged = string.Join(' ', image);
        Happened(turned.Count(t => t == unchanged), Draws, 0.25);
        AreEquallyOften([.. turned.Where(t => t != unchanged)], 9);
        AreEquallyOften([.. Streams(Purpose.Transpose).Select(random => string.Join(' ', Applied(new TransposeTransform(1, [0, 1, 2]), random, image, new(3, 3, 3))))], 6);
    }

    [Fact]
    public void medians_and_rectangles_have_every_size_equally_often()
    {
        var median = (MedianTransform)Plan.Transforms.OfType<OneOfTransform>().First().Choices[0];
        AreEquallyOften([.. Streams(Purpose.Median).Select(random => median.Size.Draw(ref random))], 6);
        var blank = Plan.Transforms.OfType<BlankRectanglesTransform>().Single();
        AreEquallyOften([.. Streams(blank.Purpose).Select(random => blank.Count.Draw(ref random))], 4);
        // 40 voxels: 4 to 12; 56: 5 to 17.
        AreEquallyOften([.. Streams(blank.Purpose).Select(random => blank.Edges[0].Draw(ref random))], 9);
        AreEquallyOften([.. Streams(blank.Purpose).Select(random => blank.Edges[1].Draw(ref random))], 13);
    }

    [Fact]
    public void blur_has_one_width_for_all_axes()
    {
        var blur = (BlurTransform)Plan.Transforms.OfType<OneOfTransform>().First().Choices[1];
        var image = new float[11 * 11 * 11];
        image[665] = 1;
        var blurred = Streams(Purpose.Blur).Select(random => Applied(blur with { ChannelChance = 1 }, random, image, new(11, 11, 11))).ToList();
        double Sigma(float[] b, int step) => b[665 + step] == 0 ? 0 : Math.Sqrt(-0.5 / Math.Log(b[665 + step] / b[665]));
        AreUniform(blurred.Select(b => Sigma(b, 1)), 0.3, 1.5);
        Assert.All(blurred, b => Assert.Equal(Sigma(b, 1), Sigma(b, 121), 1e-4));
    }

    [Fact]
    public void brightness_is_shifted_by_a_normal_number()
    {
        var shifted = Streams(Purpose.AdditiveBrightness).Select(random => Applied(Row<AdditiveBrightnessTransform>(), random, [0, 0], new(1, 1, 1))).ToList();
        Happened(shifted.Count(s => s[0] != 0), Draws, 0.5);
        Happened(shifted.Count(s => s[0] != 0 && s[1] != 0), Draws, 0.25);
        Follow(shifted.Where(s => s[1] != 0).Select(s => s[1] / 0.5), Normal);
    }

    [Fact]
    public void local_changes_lie_anywhere_about_the_patch_and_are_of_any_width()
    {
        var gradient = Row<BrightnessGradientTransform>();
        AreUniform(Streams(gradient.Purpose).Select(random => gradient.Blob.Centre.Draw(ref random)), -0.5, 1.5);
        AreUniform(Streams(gradient.Purpose).Select(random => Math.Log(gradient.Blob.Sigma(ref random, 40))), Math.Log(6), Math.Log(40));
        double Either(double x, double a, double b, double c, double d) => (0.5 * Math.Clamp((x - a) / (b - a), 0, 1)) + (0.5 * Math.Clamp((x - c) / (d - c), 0, 1));
        Follow(Streams(gradient.Purpose).Select(random => gradient.Strength.Draw(ref random)), x => Either(x, -5, -1, 1, 5));
        Follow(Streams(Purpose.LocalGamma).Select(random => Row<LocalGammaTransform>().Gamma.Draw(ref random)), x => Either(x, 0.01, 0.8, 1.5, 4));
        AreUniform(Streams(Purpose.Sharpening).Select(random => Row<SharpeningTransform>().Strength.Draw(ref random)), 0.1, 1);
    }

    [Fact]
    public void contrast_keeps_the_range_as_often_as_not()
    {
        var either = Plan.Transforms.OfType<OneOfTransform>().Last();
        Assert.Equal([true, false], either.Choices.Cast<ContrastTransform>().Select(c => c.KeepRange));
        var free = (ContrastTransform)either.Choices[1] with { ChannelChance = 1 };
        AreAroundOne(Streams(Purpose.Contrast).Select(random => Applied(free, random, [0, 1], new(1, 1, 2)) is var c ? (double)c[1] - c[0] : 0), 0.5, 2);
    }

    private static T Row<T>() where T : SampleTransform => Plan.Transforms.OfType<T>().Single();

    // Abramowitz and Stegun 7.1.26, good to 1e-7.
    private static double Normal(double x)
    {
        var t = 1 / (1 + (0.3275911 * Math.Abs(x) / Math.Sqrt(2)));
        var tail = ((((((((1.061405429 * t) - 1.453152027) * t) + 1.421413741) * t) - 0.284496736) * t) + 0.254829592) * t * Math.Exp(-x * x / 2) / 2;
        return x < 0 ? tail : 1 - tail;
    }
}
