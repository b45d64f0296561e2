using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Augmentation;

public partial class TrainingPipelineTests
{
    private static readonly JsonObject Reference = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("i_augment", "transform_lists.json")))!.AsObject();

    public static TheoryData<string> Names => [.. Reference.Select(p => p.Key)];

    [Theory, MemberData(nameof(Names))]
    public void transforms_their_order_chances_and_ranges_are_the_references(string name)
    {
        var reference = Lines(name);
        // What is read off the reference's own description of its transforms is compared with the rows; the label transforms after them are not rows.
        var expected = reference.Select(Row).OfType<string>().ToList();
        var pipeline = Pipeline(name);
        Assert.Equal(expected, [Describe(pipeline.Spatial), .. pipeline.Transforms.Select(Describe)]);
    }

    [Theory, MemberData(nameof(Names))]
    public void every_transform_draws_from_a_stream_of_its_own(string name)
    {
        var purposes = Pipeline(name).Transforms.Select(t => t.Purpose).ToList();
        Assert.Equal(purposes.Count, purposes.Distinct().Count());
        Assert.DoesNotContain(purposes, p => p is Purpose.Case or Purpose.Box or Purpose.Spatial);
    }

    [Fact]
    public void transforms_act_as_often_as_their_chance_says()
    {
        var counter = new Counter(0.25);
        for (var i = 0; i < 10_000; i++) counter.ApplyByChance(new Philox(new BatchKey(2, Fold.All, false, 0, i), 0, (int)counter.Purpose), default);
        Assert.InRange(counter.Applied, 2_350, 2_650);
    }

    [Fact]
    public void axes_of_a_2d_patch_are_mirrored_where_they_lie_also_when_a_variant_mirrors_fewer()
    {
        var settings = AugmentationSettings.For(ConfigurationOf([40, 56, 40])) with { MirrorAxes = [0, 1] };
        Assert.Equal([0, 1], Mirrored(TrainingPipeline.Default(settings, [false], is2D: false)));
        Assert.Equal([1, 2], Mirrored(TrainingPipeline.Default(settings, [false], is2D: true)));

        static IReadOnlyList<int> Mirrored(TrainingPipeline pipeline) => pipeline.Transforms.OfType<MirrorTransform>().Single().Axes;
    }

    private static TrainingPipeline Pipeline(string name)
    {
        int[] patch = [.. Reference[name]!["patch_size"]!.AsArray().Select(v => v!.GetValue<int>())];
        var masked = Lines(name).Where(l => l.Contains("MaskImage")).Select(l => Numbers(l, "apply_to_channels").Length).FirstOrDefault();
        return TrainingPipeline.Default(AugmentationSettings.For(ConfigurationOf(patch)), [.. Enumerable.Repeat(true, masked), false], patch.Length == 2);
    }

    private static Configuration ConfigurationOf(int[] patch) =>
        SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))) with { PatchSize = patch };

    private static List<string> Lines(string name) => [.. Reference[name]!["train"]!.AsArray().Select(v => v!.GetValue<string>())];

    private static string Describe(SpatialReader s) =>
        Text("Spatial", s.RotationChance, -s.Settings.RotationRange, s.Settings.RotationRange, s.ScalingChance, s.Scaling.Low, s.Scaling.High);

    private static string Describe(SampleTransform transform) => transform switch
    {
        NoiseTransform t => Text("Noise", t.Chance, t.Sigma.Low, t.Sigma.High),
        BlurTransform t => Text("Blur", t.Chance, t.ChannelChance, t.Sigma.Low, t.Sigma.High),
        BrightnessTransform t => Text("Brightness", t.Chance, t.Factor.Low, t.Factor.High),
        ContrastTransform t => Text("Contrast", t.Chance, t.Factor.Low, t.Factor.High),
        LowResolutionTransform t => Text("LowResolution", t.Chance, t.ChannelChance, t.Scale.Low, t.Scale.High),
        GammaTransform t => Text("Gamma", t.Chance, t.Inverted ? 1 : 0, t.Gamma.Low, t.Gamma.High),
        MirrorTransform t => Text("Mirror", t.Chance, t.Axes.Count),
        MaskTransform t => Text("Mask", [t.Chance, .. t.ChannelsToMask.Select(c => (double)c)]),
        _ => throw new ArgumentException($"{transform} is no row of the reference", nameof(transform)),
    };

    private static string? Row(string line)
    {
        var chance = line.StartsWith("RandomTransform(p=", StringComparison.Ordinal) ? double.Parse(line["RandomTransform(p=".Length..line.IndexOf(',')]) : 1;
        double[] N(string parameter) => Numbers(line, parameter);
        return Name().Match(line).Groups[1].Value switch
        {
            "SpatialTransform" => Text("Spatial", [.. N("p_rotation"), .. N("rotation"), .. N("p_scaling"), .. N("scaling")]),
            "GaussianNoiseTransform" => Text("Noise", [chance, .. N("noise_variance")]),
            "GaussianBlurTransform" => Text("Blur", [chance, .. N("p_per_channel"), .. N("blur_sigma")]),
            "MultiplicativeBrightnessTransform" => Text("Brightness", [chance, .. N("contrast_range")]),
            "ContrastTransform" => Text("Contrast", [chance, .. N("contrast_range")]),
            "SimulateLowResolutionTransform" => Text("LowResolution", [chance, .. N("p_per_channel"), .. N("scale")]),
            "GammaTransform" => Text("Gamma", [chance, .. N("p_invert_image"), .. N("contrast_range")]),
            "MirrorTransform" => Text("Mirror", chance, N("allowed_axes").Length),
            "MaskImageTransform" => Text("Mask", [chance, .. N("apply_to_channels")]),
            "Convert3DTo2DTransform" or "Convert2DTo3DTransform" or "RemoveLabelTransform" or "DownsampleSegForDSTransform" => null,
            // Regions and cascades, which are not trained yet.
            "ConvertSegmentationToRegionsTransform" or "MoveSegAsOneHotToDataTransform" or "ApplyRandomBinaryOperatorTransform"
                or "RemoveRandomConnectedComponentFromOneHotEncodingTransform" => null,
            var other => throw new ArgumentException($"the reference has a transform '{other}' that is not known here", nameof(line)),
        };
    }

    private static double[] Numbers(string line, string parameter)
    {
        var value = Regex.Match(line, $@"\b{parameter} ?= ?(\([^)]*\)|\[[^\]]*\]|-?[0-9.]+)");
        Assert.True(value.Success, $"{parameter} in {line}");
        return [.. Number().Matches(value.Groups[1].Value).Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture))];
    }

    private static string Text(string name, params double[] numbers) => $"{name} {string.Join(' ', numbers.Select(n => n.ToString("0.######")))}";

    [GeneratedRegex(@"(\w+Transform)\( ")]
    private static partial Regex Name();

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Number();

    private sealed record Counter(double OneIn) : SampleTransform(Purpose.Noise, OneIn)
    {
        public int Applied { get; private set; }

        protected override void Apply(ref Philox random, Sample sample) => Applied++;
    }
}
