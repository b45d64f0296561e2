using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Transforms;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Augmentation;

public class PipelineTests
{
    private static readonly JsonObject Reference = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("i_augment", "transform_lists.json")))!.AsObject();

    public static TheoryData<string> Names => [.. Reference.Select(p => p.Key)];

    [Theory, MemberData(nameof(Names))]
    public void training_transforms_are_the_references_to_the_last_parameter(string name) => Compare(name, "train", AugmentationVariant.Default);

    [Theory, MemberData(nameof(Names))]
    public void validation_transforms_are_the_references_to_the_last_parameter(string name) => Compare(name, "val", AugmentationVariant.Default.ForValidation);

    [Theory, MemberData(nameof(Names))]
    public void every_transform_draws_from_a_stream_of_its_own(string name)
    {
        foreach (var variant in TrainerAugmentations.Special.Values.Append(AugmentationVariant.Default))
        {
            var purposes = Plan(name, variant).Transforms.Select(t => t.Purpose).ToList();
            Assert.Equal(purposes.Count, purposes.Distinct().Count());
            Assert.DoesNotContain(purposes, p => p is Purpose.Case or Purpose.Box or Purpose.Spatial or Purpose.Foreground);
        }
    }

    [Fact]
    public void transforms_act_as_often_as_their_chance_says()
    {
        var counter = new Counter(0.25);
        for (var i = 0; i < 10_000; i++) counter.ApplyByChance(new Philox(new BatchKey(2, Fold.All, false, 0, i), 0, (int)counter.Purpose), default);
        Assert.InRange(counter.Applied, 2_350, 2_650);
    }

    [Fact]
    public void one_of_several_transforms_acts_each_as_often_as_the_others()
    {
        var (first, second) = (new Counter(0.5), new Counter(0.2));
        var either = new OneOfTransform(Purpose.MedianOrBlur, [first, second]);
        for (var i = 0; i < 10_000; i++) either.ApplyByChance(new Philox(new BatchKey(2, Fold.All, false, 0, i), 0, (int)either.Purpose), default);
        Assert.InRange(first.Applied, 2_350, 2_650);
        Assert.InRange(second.Applied, 850, 1_150);
    }

    [Fact]
    public void without_deep_supervision_there_is_a_target_of_the_full_resolution_alone()
    {
        var (configuration, labels) = Inputs("hippocampus_3d");
        var plan = AugmentationPlan.For(configuration, labels, new BatchOptions(2, 0.33) { DeepSupervision = false });
        Assert.Equal([plan.Settings.Patch], plan.Targets.Outputs);
    }

    internal static AugmentationPlan Plan(string name, AugmentationVariant variant)
    {
        var (configuration, labels) = Inputs(name);
        return AugmentationPlan.For(configuration, labels, new BatchOptions(2, 0.33) { Variant = variant });
    }

    /// <summary>The configuration that the reference's transforms were listed for.</summary>
    internal static (Configuration Configuration, LabelSet Labels) Inputs(string name)
    {
        var entry = Reference[name]!;
        string plans = entry["plans"]!.GetValue<string>(), configuration = entry["configuration"]!.GetValue<string>();
        if (plans.StartsWith("b_plans/", StringComparison.Ordinal))
        {
            var file = TestPaths.Golden(plans.Split('/'));
            return (Plans.Load(file).Configurations[configuration], DatasetJson.Load(Path.Combine(Path.GetDirectoryName(file)!, "dataset.json")).Labels);
        }

        // The plans of real images are not here: three outputs, each half of the one before.
        int[] patch = [.. entry["patch_size"]!.AsArray().Select(v => v!.GetValue<int>())];
        var small = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));
        IReadOnlyList<int>[] strides = [[.. patch.Select(_ => 1)], .. Enumerable.Repeat<IReadOnlyList<int>>([.. patch.Select(_ => 2)], 3)];
        var architecture = small.Architecture with { Strides = strides, FeaturesPerStage = [8, 8, 8, 8], Dimensions = patch.Length };
        return (small with { PatchSize = patch, Architecture = architecture }, SmallNetworks.Labels(2));
    }

    private static void Compare(string name, string list, AugmentationVariant variant)
    {
        var expected = Reference[name]![list]!.AsArray().Select(v => ReferenceNotation.Normalized(v!.GetValue<string>())).ToList();
        var (configuration, _) = Inputs(name);
        var actual = ReferenceNotation.Of(Plan(name, variant), configuration.Is2D).Select(ReferenceNotation.Normalized).ToList();
        Assert.Equal(expected, actual);
    }

    private sealed record Counter(double OneIn) : SampleTransform(Purpose.Noise, OneIn)
    {
        public int Applied { get; private set; }

        protected override void Apply(ref Philox random, Sample sample) => Applied++;
    }
}
