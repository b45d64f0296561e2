using System.Text.Json;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Planning;

public class ExperimentPlannerTests
{
    private static readonly PlannerOptions Defaults = new(null, null, false);

    public static TheoryData<string> Sets() => new(SetNames());

    public static TheoryData<string, string, string> ResidualPlans()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (var set in SetNames())
            foreach (var size in new[] { "M", "L", "XL" })
                if (set != "17_ct_iso_24GB") rows.Add(set, $"nnUNetPlannerResEnc{size}", $"nnUNetResEncUNet{size}Plans");
        return rows;
    }

    [Fact]
    public void All_twenty_golden_sets_are_there() => Assert.Equal(20, SetNames().Count());

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_default_planner_gives_nnUNets_plans(string set) => CheckGolden(set, "ExperimentPlanner", "nnUNetPlans");

    [Theory]
    [MemberData(nameof(ResidualPlans))]
    public void The_residual_planners_give_nnUNets_plans(string set, string planner, string plans) => CheckGolden(set, planner, plans);

    [SharedTheory("golden/a_dataset004")]
    [InlineData("004", "ExperimentPlanner", "nnUNetPlans")]
    [InlineData("004", "nnUNetPlannerResEncM", "nnUNetResEncUNetMPlans")]
    [InlineData("004", "nnUNetPlannerResEncL", "nnUNetResEncUNetLPlans")]
    [InlineData("004", "nnUNetPlannerResEncXL", "nnUNetResEncUNetXLPlans")]
    [InlineData("904", "ExperimentPlanner", "nnUNetPlans")]
    [InlineData("027", "ExperimentPlanner", "nnUNetPlans")]
    [InlineData("120", "ExperimentPlanner", "nnUNetPlans")]
    [InlineData("132", "ExperimentPlanner", "nnUNetPlans")]
    public void Plans_of_real_data_sets_equal_nnUNets(string set, string planner, string plans) =>
        Check(TestPaths.SharedPath("golden", $"a_dataset{set}"), planner, plans, Defaults);

    [SharedTheory("data/plans")]
    [InlineData("Dataset001_BrainTumour")]
    [InlineData("Dataset002_Heart")]
    [InlineData("Dataset003_Liver")]
    [InlineData("Dataset004_Hippocampus")]
    [InlineData("Dataset005_Prostate")]
    [InlineData("Dataset007_Pancreas")]
    [InlineData("Dataset009_Spleen")]
    public void Published_plans_of_the_Decathlon_are_reproduced(string set)
    {
        foreach (var folder in Directory.GetDirectories(TestPaths.SharedPath("data", "plans", set)))
            Check(folder, NnUnetJson.Read(Path.Combine(folder, "plans.json"))["experiment_planner_used"]!.GetValue<string>(), "plans",
                Defaults with { PlansName = "nnUNetPlans" });
    }

    [Fact]
    public void An_unknown_planner_is_refused_with_the_known_ones()
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "04_acdc"));
        var error = Assert.Throws<UsageException>(() =>
            ExperimentPlanner.Plan("Dataset001_X", json, fingerprint, "SimpleITKIO", "nnUNetPlannerResEncS", Defaults));
        Assert.Contains("nnUNetPlannerResEncS", error.Message);
        Assert.Contains("ExperimentPlanner", error.Message);
        Assert.Contains("nnUNetPlannerResEncXL", error.Message);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-8.0)]
    [InlineData(double.NaN)]
    public void An_impossible_memory_target_is_refused(double target)
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "04_acdc"));
        Assert.Throws<UsageException>(() =>
            ExperimentPlanner.Plan("D", json, fingerprint, "SimpleITKIO", "ExperimentPlanner", Defaults with { GpuMemoryTargetGb = target }));
    }

    [Theory]
    [InlineData("04_acdc")]
    [InlineData("01_ct_iso_large")]
    public void A_memory_target_too_small_for_any_patch_is_told_of(string set)
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", set));
        var error = Assert.Throws<UsageException>(() =>
            ExperimentPlanner.Plan("D", json, fingerprint, "SimpleITKIO", "ExperimentPlanner", Defaults with { GpuMemoryTargetGb = 1e-6 }));
        Assert.Contains("-gpu_memory_target", error.Message);
    }

    [Fact]
    public void A_spacing_at_which_nothing_is_left_of_an_axis_is_told_of()
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "04_acdc"));
        var error = Assert.Throws<DataException>(() => ExperimentPlanner.Plan(
            "D", json, fingerprint, "SimpleITKIO", "ExperimentPlanner", Defaults with { OverwriteTargetSpacing = new(1000, 1, 1) }));
        Assert.Contains("-overwrite_target_spacing", error.Message);
    }

    [Fact]
    public void A_batch_size_and_a_preprocessor_of_ones_own_are_those_of_every_configuration()
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "08_wholebody_ct_cascade"));
        var plans = ExperimentPlanner.Plan("D", json, fingerprint, "SimpleITKIO", "ExperimentPlanner", Defaults with { BatchSize = 7, PreprocessorName = "Mine" });
        Assert.Equal(4, plans.Configurations.Count);
        Assert.All(plans.Configurations.Values, c => Assert.Equal(7, c.BatchSize));
        Assert.All(["2d", "3d_lowres", "3d_fullres"], name => Assert.Equal("Mine", plans.Source["configurations"]![name]!["preprocessor_name"]!.GetValue<string>()));
    }

    [Fact]
    public void Fingerprint_and_dataset_json_must_speak_of_the_same_data()
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "04_acdc"));
        var (other, _) = Inputs(TestPaths.Golden("b_plans", "03_brats_4ch"));
        var (_, fewer) = Inputs(TestPaths.Golden("b_plans", "02_prostate_mr"));
        Assert.Contains("channels", Assert.Throws<DataException>(() => ExperimentPlanner.Plan("D", other, fingerprint, "SimpleITKIO", "ExperimentPlanner", Defaults)).Message);
        var oneChannel = new DatasetFingerprint
        {
            Intensities = fingerprint.Intensities,
            ShapesAfterCrop = fewer.ShapesAfterCrop,
            Spacings = fewer.Spacings,
            MedianRelativeSizeAfterCropping = 1,
        };
        Assert.Contains("numTraining", Assert.Throws<DataException>(() => ExperimentPlanner.Plan("D", json, oneChannel, "SimpleITKIO", "ExperimentPlanner", Defaults)).Message);
    }

    [Theory]
    [InlineData("nnUNetPlanner_torchres", "nnUNetPlans_torchres", "nnUNetPlans", "resample_torch_fornnunet", 3)]
    [InlineData("nnUNetPlannerResEncL_torchres", "nnUNetResEncUNetLPlans_torchres", "nnUNetResEncUNetLPlans", "resample_torch_fornnunet", 3)]
    [InlineData("nnUNetPlannerResEncL_torchres_sepz", "nnUNetResEncUNetLPlans_torchres_sepz", "nnUNetResEncUNetLPlans", "resample_torch_fornnunet", 4)]
    [InlineData("nnUNetPlannerResEncL_noResampling", "nnUNetResEncUNetLPlans_noResampling", "nnUNetResEncUNetLPlans", "no_resampling_hack", 0)]
    public void Planners_of_another_resampling_differ_in_that_and_in_names_alone(string planner, string name, string like, string function, int arguments)
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "04_acdc"));
        var plans = ExperimentPlanner.Plan("Dataset004_X", json, fingerprint, "SimpleITKIO", planner, Defaults);
        Assert.Equal(name, plans.PlansName);
        var expected = NnUnetJson.ReadObject(TestPaths.Golden("b_plans", "04_acdc", $"{like}.json"));
        (expected["dataset_name"], expected["plans_name"], expected["experiment_planner_used"]) = ("Dataset004_X", name, planner);
        expected["image_reader_writer"] = "SimpleITKIO";
        foreach (var (configuration, values) in expected["configurations"]!.AsObject())
        {
            values!["data_identifier"] = $"{name}_{configuration}";
            foreach (var key in (string[])["data", "seg", "probabilities"])
            {
                values[$"resampling_fn_{key}"] = function;
                var found = plans.Source["configurations"]![configuration]![$"resampling_fn_{key}_kwargs"]!;
                Assert.Equal(arguments, found.AsObject().Count);
                if (arguments > 0) Assert.Equal(key == "seg", found["is_seg"]!.GetValue<bool>());
                values[$"resampling_fn_{key}_kwargs"] = found.DeepClone();
            }
        }

        static JsonNode? AsWritten(JsonObject json) => NnUnetJson.Parse(NnUnetJson.Write(json, sortKeys: false), "p");
        Compare(AsWritten(expected), AsWritten(plans.Source), "");
    }

    [Fact]
    public void A_small_network_changes_the_architecture_alone()
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "04_acdc"));
        var full = ExperimentPlanner.Plan("D", json, fingerprint, "SimpleITKIO", "ExperimentPlanner", Defaults).Configurations["3d_fullres"];
        var small = ExperimentPlanner.Plan("D", json, fingerprint, "SimpleITKIO", "ExperimentPlanner",
            Defaults with { SmallNetwork = true }).Configurations["3d_fullres"];

        Assert.Equal([8, 16, 32], small.Architecture.FeaturesPerStage);
        Assert.Equal([1, 1, 1], small.Architecture.EncoderCounts);
        Assert.Equal([1, 1], small.Architecture.DecoderCounts);
        Assert.Equal(full.Architecture.Strides.Take(3), small.Architecture.Strides);
        Assert.Equal((full.PatchSize, full.BatchSize), (small.PatchSize, small.BatchSize), Same);
    }

    [Fact]
    public void A_plans_name_of_ones_own_names_plans_and_folders()
    {
        var (json, fingerprint) = Inputs(TestPaths.Golden("b_plans", "04_acdc"));
        var plans = ExperimentPlanner.Plan("D", json, fingerprint, "SimpleITKIO", "ExperimentPlanner", Defaults with { PlansName = "mine" });
        Assert.Equal("mine", plans.PlansName);
        Assert.Equal("mine_2d", plans.Configurations["2d"].DataIdentifier);
    }

    private static IEnumerable<string> SetNames() => Directory.GetDirectories(TestPaths.Golden("b_plans")).Select(folder => Path.GetFileName(folder)).Order();

    private static bool Same((IReadOnlyList<int> Patch, int Batch) a, (IReadOnlyList<int> Patch, int Batch) b) =>
        a.Patch.SequenceEqual(b.Patch) && a.Batch == b.Batch;

    private static void CheckGolden(string set, string planner, string plans)
    {
        var folder = TestPaths.Golden("b_plans", set);
        var options = Defaults;
        var file = Path.Combine(folder, "planner_options.json");
        if (File.Exists(file))
        {
            var given = NnUnetJson.Read(file);
            if (planner == "ExperimentPlanner") options = options with { GpuMemoryTargetGb = given["gpu_memory_target_in_gb"]?.GetValue<double>() };
            options = options with
            {
                SuppressTranspose = given["suppress_transpose"]?.GetValue<bool>() ?? false,
                OverwriteTargetSpacing = given["overwrite_target_spacing"] is { } s
                    ? new Spacing(s[0]!.GetValue<double>(), s[1]!.GetValue<double>(), s[2]!.GetValue<double>()) : null,
            };
        }

        Check(folder, planner, plans, options);
    }

    private static void Check(string folder, string planner, string plans, PlannerOptions options)
    {
        var (json, fingerprint) = Inputs(folder);
        var expected = NnUnetJson.Read(Path.Combine(folder, $"{plans}.json"));
        var found = ExperimentPlanner.Plan(
            expected["dataset_name"]!.GetValue<string>(), json, fingerprint, expected["image_reader_writer"]!.GetValue<string>(), planner, options);
        Compare(expected, NnUnetJson.Parse(NnUnetJson.Write(found.Source, sortKeys: false), "found"), "");
    }

    // Keys in the same order, texts and flags equal, numbers to 1e-9 relative.
    private static void Compare(JsonNode? expected, JsonNode? found, string path)
    {
        switch (expected)
        {
            case JsonObject map:
                Assert.Equal($"{path}: {string.Join(",", map.Select(e => e.Key))}", $"{path}: {string.Join(",", found!.AsObject().Select(e => e.Key))}");
                foreach (var (key, value) in map) Compare(value, found![key], $"{path}/{key}");
                break;
            case JsonArray list:
                Assert.Equal($"{path}: {list.Count} items", $"{path}: {found!.AsArray().Count} items");
                for (var i = 0; i < list.Count; i++) Compare(list[i], found![i], $"{path}/{i}");
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                var (a, b) = (value.GetValue<double>(), found!.GetValue<double>());
                Assert.True(Math.Abs(a - b) <= 1e-9 * Math.Max(1, Math.Abs(a)), $"{path}: {a} expected, {b} found");
                break;
            default:
                Assert.Equal($"{path}: {expected?.ToJsonString()}", $"{path}: {found?.ToJsonString()}");
                break;
        }
    }

    private static (DatasetJson Json, DatasetFingerprint Fingerprint) Inputs(string folder) =>
        (DatasetJson.Load(Path.Combine(folder, "dataset.json")), DatasetFingerprint.Load(Path.Combine(folder, "dataset_fingerprint.json")));
}
