using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Augmentation;

public class AugmentationSettingsTests
{
    private static readonly JsonObject Reference = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("i_augment", "transform_lists.json")))!.AsObject();

    public static TheoryData<string> Names => [.. Reference.Select(p => p.Key)];

    [Theory, MemberData(nameof(Names))]
    public void settings_are_the_references(string name)
    {
        var reference = Reference[name]!;
        var patch = Ints(reference["patch_size"]!);
        var configuration = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))) with { PatchSize = patch };
        var actual = AugmentationSettings.For(configuration);
        var flat = patch.Length == 2;
        Assert.Equal(Ints(reference["initial_patch_size"]!), flat ? actual.InitialPatch.ToArray()[1..] : actual.InitialPatch.ToArray());
        Assert.Equal(patch, flat ? actual.Patch.ToArray()[1..] : actual.Patch.ToArray());
        Assert.Equal(reference["rotation"]![1]!.GetValue<double>(), actual.RotationRange, 1e-12);
        Assert.Equal(reference["do_dummy_2d_data_aug"]!.GetValue<bool>() || flat, actual.InPlaneOnly);
        Assert.Equal(Ints(reference["mirror_axes"]!), actual.MirrorAxes);
    }

    [Theory, MemberData(nameof(Names))]
    public void outputs_have_the_extents_that_the_references_scales_give(string name)
    {
        var scales = Reference[name]!["deep_supervision_scales"]!.AsArray().Select(s => s!.AsArray().Select(v => v!.GetValue<double>()).ToArray()).ToList();
        var patch = Ints(Reference[name]!["patch_size"]!);
        // The scale of an output over that of the one before; the bottleneck, which is no output, halves once more.
        var strides = scales.Zip(scales.Take(1).Concat(scales), (now, before) => (IReadOnlyList<int>)[.. before.Zip(now, (b, n) => (int)(b / n))]).ToList();
        strides.Add([.. patch.Select(_ => 2)]);
        var small = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));
        var architecture = small.Architecture with { Strides = strides, FeaturesPerStage = [.. strides.Select(_ => 8)] };
        var configuration = small with { PatchSize = patch, Architecture = architecture };
        var actual = DeepSupervisionTargets.Shapes(configuration, AugmentationSettings.For(configuration).Patch);
        Assert.Equal(scales.Select(s => s.Zip(patch, (v, p) => (int)Math.Round(v * p)).ToArray()), actual.Select(a => a.ToArray()[^patch.Length..]));
    }

    private static int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
}
