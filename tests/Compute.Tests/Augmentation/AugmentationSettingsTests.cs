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

    private static int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
}
