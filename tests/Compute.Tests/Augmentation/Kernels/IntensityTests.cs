using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class IntensityTests
{
    [Theory, InlineData("gamma_0.7_invert1"), InlineData("gamma_1.4_invert0"), InlineData("gamma_const")]
    public void gamma_equals_the_reference(string name) => Gamma(name);

    [SharedTheory("golden/i_augment"), InlineData("gamma_0.7_invert0"), InlineData("gamma_1.4_invert1"), InlineData("gamma_noretain")]
    public void gamma_equals_the_reference_also_the_other_way(string name) => Gamma(name);

    [Fact]
    public void contrast_equals_the_reference()
    {
        var golden = new GoldenTransforms("contrast");
        var factors = Numbers(golden, "multipliers");
        golden.Check((channel, values, _) => Intensity.Contrast(values, (float)factors[channel], keepRange: true));
    }

    [SharedFact("golden/i_augment")]
    public void contrast_that_may_leave_the_range_equals_the_reference()
    {
        var golden = new GoldenTransforms("contrast_norange");
        var factors = Numbers(golden, "multipliers");
        golden.Check((channel, values, _) => Intensity.Contrast(values, (float)factors[channel], keepRange: false));
    }

    [SharedFact("golden/i_augment")]
    public void brightness_equals_the_reference()
    {
        var golden = new GoldenTransforms("brightness");
        var factors = Numbers(golden, "multipliers");
        golden.Check((channel, values, _) => Intensity.Brightness(values, (float)factors[channel]));
    }

    [Fact]
    public void noise_has_the_deviation_asked_for_and_is_the_streams()
    {
        var (a, b) = (new float[50_001], new float[50_001]);
        var first = new Philox(new BatchKey(3, Fold.All, false, 0, 0), 0, 3);
        var second = first;
        Intensity.Noise(a, 0.5f, ref first);
        Intensity.Noise(b, 0.5f, ref second);
        Assert.Equal(a, b);
        Assert.Equal(first.NextUInt(), second.NextUInt());
        var mean = a.Average();
        Assert.InRange(mean, -0.01, 0.01);
        Assert.InRange(Math.Sqrt(a.Average(v => (v - mean) * (v - mean))), 0.49, 0.51);
        // Independent neighbours, and tails as a normal distribution has them.
        Assert.InRange(a.Zip(a.Skip(1), (x, y) => x * y).Average() / 0.25, -0.02, 0.02);
        Assert.InRange(a.Count(v => Math.Abs(v) > 1) / 50_001.0, 0.040, 0.051);
        Assert.DoesNotContain(a, v => !float.IsFinite(v));
    }

    [Fact]
    public void results_do_not_depend_on_where_in_memory_the_values_lie()
    {
        var random = new Random(4);
        float[] values = [.. Enumerable.Range(0, 1237).Select(_ => random.NextSingle())];
        float[]? first = null;
        for (var offset = 0; offset < 17; offset++)
        {
            var memory = new float[offset + values.Length];
            var x = memory.AsSpan(offset);
            values.CopyTo(x);
            Intensity.Gamma(x, 1.3, invert: true, keepStatistics: true);
            Intensity.Contrast(x, 1.2f, keepRange: true);
            var stream = new Philox(new BatchKey(3, Fold.All, false, 0, 0), 0, 3);
            Intensity.Noise(x, 0.1f, ref stream);
            first ??= x.ToArray();
            Assert.True(x.SequenceEqual(first), $"offset {offset}");
        }
    }

    private static void Gamma(string name)
    {
        var golden = new GoldenTransforms(name);
        var exponents = Numbers(golden, "gamma");
        var invert = golden.Parameters["params"]!["invert_image"]!.AsArray();
        var keep = golden.Parameters["params"]!["retain_stats"]!.AsArray();
        golden.Check((channel, values, _) =>
            Intensity.Gamma(values, exponents[channel], invert[channel]!.GetValue<bool>(), keep[channel]!.GetValue<bool>()));
    }

    private static double[] Numbers(GoldenTransforms golden, string name) => GoldenTransforms.Doubles(golden.Parameters["params"]![name]!);
}
