using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Planning;

/// <summary>Each value has a rule; what was changed by hand is told apart from what was planned.</summary>
public class PlanExplanationTests
{
    private static readonly PlannerOptions Defaults = new(null, null, false);

    public static TheoryData<string> Sets() => new(Directory.GetDirectories(TestPaths.Golden("b_plans")).Select(folder => Path.GetFileName(folder)).Order());

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_value_of_nnUNets_plans_has_a_rule(string set)
    {
        foreach (var plans in (string[])["nnUNetPlans", "nnUNetResEncUNetLPlans"])
        {
            if (!File.Exists(TestPaths.Golden("b_plans", set, $"{plans}.json"))) continue;
            var explained = Explain(set, Plans.Load(TestPaths.Golden("b_plans", set, $"{plans}.json")), Defaults);
            Assert.All(explained, v => Assert.True(v.Rule.Length > 10 && !v.Rule.Contains("unknown to this version"), $"{v.Configuration}.{v.Key}: {v.Rule}"));
            var options = set is "17_ct_iso_24GB" or "18_prostate_overwrite_spacing_notranspose";
            if (!options) Assert.All(explained, v => Assert.True(v.AsPlanned, $"{v.Configuration}.{v.Key}: {v.Rule}"));
        }
    }

    [Fact]
    public void The_sentences_carry_the_numbers_of_the_rule()
    {
        var explained = Explain("04_acdc", Plans.Load(TestPaths.Golden("b_plans", "04_acdc", "nnUNetPlans.json")), Defaults);
        var batch = explained.Single(v => (v.Configuration, v.Key) == ("3d_fullres", "batch_size"));
        Assert.Contains("560,000,000", batch.Rule);
        Assert.True(batch.Numbers["fits_budget"]!.GetValue<double>() >= batch.Value!.GetValue<int>() || batch.Value!.GetValue<int>() == 2);
        var patch = explained.Single(v => (v.Configuration, v.Key) == ("3d_fullres", "patch_size"));
        Assert.True(patch.Numbers["feature_maps"]!.GetValue<long>() <= patch.Numbers["budget"]!.GetValue<double>());
        Assert.Contains("gives ZScoreNormalization", explained.First(v => v.Key == "normalization_schemes").Rule);
    }

    [Fact]
    public void A_value_changed_by_hand_is_told_of()
    {
        var plans = Plans.Load(TestPaths.Golden("b_plans", "04_acdc", "nnUNetPlans.json"));
        plans.Source["configurations"]!["2d"]!["batch_size"] = 99;
        plans.Source["configurations"]!["mine"] = new JsonObject { ["inherits_from"] = "2d", ["batch_size"] = 1 };
        var explained = Explain("04_acdc", plans, Defaults);
        Assert.Equal(["2d.batch_size", "mine.inherits_from", "mine.batch_size"], explained.Where(v => !v.AsPlanned).Select(v => $"{v.Configuration}.{v.Key}"));
        Assert.Contains("edited by hand", explained.First(v => !v.AsPlanned).Rule);
    }

    [Fact]
    public void Flags_the_planner_had_make_it_agree_again()
    {
        var plans = Plans.Load(TestPaths.Golden("b_plans", "17_ct_iso_24GB", "nnUNetPlans.json"));
        Assert.Contains(Explain("17_ct_iso_24GB", plans, Defaults), v => !v.AsPlanned);
        Assert.All(Explain("17_ct_iso_24GB", plans, Defaults with { GpuMemoryTargetGb = 24 }), v => Assert.True(v.AsPlanned, v.Rule));
    }

    private static IReadOnlyList<ExplainedValue> Explain(string set, Plans plans, PlannerOptions options) => PlanExplanation.Of(
        plans, DatasetJson.Load(TestPaths.Golden("b_plans", set, "dataset.json")), DatasetFingerprint.Load(TestPaths.Golden("b_plans", set, "dataset_fingerprint.json")), options);
}
