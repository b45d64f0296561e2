using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Planning;

/// <summary>What makes a training another one, and what does not, with plans as nnU-Net writes them.</summary>
public class PlansComparisonTests
{
    private static readonly string File = TestPaths.Golden("b_plans", "08_wholebody_ct_cascade", "nnUNetPlans.json");

    private readonly JsonObject _before = NnUnetJson.ReadObject(File), _now = NnUnetJson.ReadObject(File);

    private JsonObject Fullres => _now["configurations"]!["3d_fullres"]!.AsObject();

    [Fact]
    public void Equal_plans_differ_in_nothing_however_their_numbers_are_written()
    {
        Fullres["patch_size"] = new JsonArray([.. Fullres["patch_size"]!.AsArray().Select(n => JsonValue.Create(n!.GetValue<double>()))]);
        Assert.Empty(Changes());
    }

    [Fact]
    public void A_changed_value_is_told_with_its_key_and_both_values()
    {
        Fullres["patch_size"] = new JsonArray(32, 32, 32);
        Fullres["architecture"]!["arch_kwargs"]!["n_stages"] = 3;
        var changes = Changes();
        Assert.Equal(["configurations.3d_fullres.patch_size", "configurations.3d_fullres.architecture.arch_kwargs.n_stages"], changes.Select(c => c.Key));
        Assert.Contains(changes, c => c.ToString().EndsWith("and is [32,32,32]", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_that_came_or_went_are_told()
    {
        Fullres.Remove("batch_dice");
        Fullres["mine"] = "new";
        Assert.Equal(
            ["configurations.3d_fullres.batch_dice was false and is missing", "configurations.3d_fullres.mine was missing and is \"new\""],
            Changes().Select(c => c.ToString().Replace("was true", "was false")));
    }

    [Fact]
    public void What_an_inherited_configuration_inherits_counts_as_its_own()
    {
        _now["configurations"]!["3d_fullres"]!["normalization_schemes"] = new JsonArray("NoNormalization");
        Assert.NotEmpty(PlansComparison.Changes(_before, _now, "3d_cascade_fullres", File));
        Assert.Empty(PlansComparison.Changes(_before, _now, "2d", File));
    }

    [Fact]
    public void Descriptions_other_configurations_the_next_stage_and_the_batch_size_do_not_matter()
    {
        Fullres["median_image_size_in_voxels"] = new JsonArray(1, 2, 3);
        Fullres["batch_size"] = 99;
        Fullres["next_stage"] = "another";
        _now["experiment_planner_used"] = "Mine";
        _now["configurations"]!["2d"]!["patch_size"] = new JsonArray(8, 8);
        Assert.Empty(Changes());
    }

    [Fact]
    public void Intensities_that_are_not_finite_are_compared_as_numbers()
    {
        foreach (var plans in new[] { _before, _now }) plans["foreground_intensity_properties_per_channel"]!["0"]!["mean"] = double.NaN;
        Assert.Empty(Changes());
        _now["foreground_intensity_properties_per_channel"]!["0"]!["mean"] = 1.5;
        Assert.Equal("foreground_intensity_properties_per_channel.0.mean was NaN and is 1.5", Assert.Single(Changes()).ToString());
    }

    [Fact]
    public void Of_dataset_json_labels_and_channels_matter_and_names_of_people_do_not()
    {
        var (before, now) = (Dataset(), Dataset());
        (now["reference"], now["numTraining"]) = ("somebody else", 7);
        Assert.Empty(PlansComparison.DatasetChanges(before, now));
        now["labels"]!["tumour"] = 3;
        Assert.Equal("labels.tumour was 2 and is 3", Assert.Single(PlansComparison.DatasetChanges(before, now)).ToString());

        static JsonObject Dataset() => JsonNode.Parse("""{"labels": {"background": 0, "liver": [1, 2], "tumour": 2}, "channel_names": {"0": "CT"}, "numTraining": 5}""")!.AsObject();
    }

    private IReadOnlyList<ValueChange> Changes() => PlansComparison.Changes(_before, _now, "3d_fullres", File);
}
