using System.Text.Json.Nodes;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Resampling;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Preprocessing;

public class ResamplerTests
{
    private static readonly JsonObject Parameters = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("d_resample", "params.json")))!["cases"]!.AsObject();

    public static TheoryData<string> Cases => [.. Parameters.Select(c => c.Key)];

    [Theory, MemberData(nameof(Cases))]
    public void every_golden_case_is_met(string name)
    {
        var p = Parameters[name]!;
        var npz = new Npz(TestPaths.Golden("d_resample", $"{name}.npz"));
        var (input, output) = (npz["input"], npz["output"]);
        VolumeShape from = new(input.Shape[1], input.Shape[2], input.Shape[3]), to = new(output.Shape[1], output.Shape[2], output.Shape[3]);
        var isLabels = p["is_seg"]!.GetValue<bool>();
        var spec = new ResamplingSpec(
            p["fn"]!.GetValue<string>(), isLabels, p["order"]?.GetValue<int>() ?? 3, p["order_z"]?.GetValue<int>() ?? 0, p["force_separate_z"]?.GetValue<bool>())
        {
            MemoryEfficientLabels = p["memefficient_seg_resampling"]?.GetValue<bool>() ?? false,
        };
        Spacing current = SpacingOf(p["current_spacing"]!), wanted = SpacingOf(p["new_spacing"]!);
        if (isLabels)
        {
            var labels = new Volume<short>(input.Shape[0], from, [.. input.Longs().Select(v => (short)v)]);
            Assert.Equal(output.Longs().Select(v => (short)v), Resampler.ResampleLabels(labels, to, current, wanted, spec).Data);
            return;
        }

        var actual = Resampler.Resample(new Volume<float>(input.Shape[0], from, input.Floats()), to, current, wanted, spec).Data;
        var expected = output.Floats();
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, 1e-5 * Math.Max(1, Math.Abs(expected[i])));
    }

    [Property(MaxTest = 40)]
    public bool a_constant_stays_constant_on_any_grid(byte a, byte b, byte c, float value)
    {
        if (!float.IsFinite(value)) return true;
        var input = new Volume<float>(1, new VolumeShape(4, 3, 5));
        Array.Fill(input.Data, value);
        var target = new VolumeShape(1 + (a % 9), 1 + (b % 9), 1 + (c % 9));
        return Resampler.Resample(input, target, new Spacing(1, 1, 1), new Spacing(1, 1, 1), new ResamplingSpec(Resampler.Default, false, 3, 0, null)).Data.All(v => v == value);
    }

    [Fact]
    public void the_same_shape_gives_the_same_object()
    {
        var input = new Volume<float>(2, new VolumeShape(2, 3, 4));
        Assert.Same(input, Resampler.Resample(input, input.Shape, new Spacing(1, 1, 1), new Spacing(2, 2, 2), new ResamplingSpec(Resampler.Default, false, 3, 0, null)));
    }

    [Fact]
    public void extents_are_rounded_half_to_even() =>
        Assert.Equal(new VolumeShape(12, 2, 4), Resampler.NewShape(new VolumeShape(5, 3, 7), new Spacing(2.5, 1, 1), new Spacing(1, 2, 2)));

    [Fact]
    public void an_unknown_function_is_named() =>
        Assert.Contains("'magic'", Assert.Throws<DataException>(() => Resampler.Resample(
            new Volume<float>(1, new VolumeShape(1, 1, 2)), new VolumeShape(1, 1, 3), new Spacing(1, 1, 1), new Spacing(1, 1, 1), new ResamplingSpec("magic", false, 3, 0, null))).Message);

    private static Spacing SpacingOf(JsonNode node) => Spacing.From([.. node.AsArray().Select(v => v!.GetValue<double>())]);
}
