using System.Text.Json.Nodes;
using ActorSeg.Compute;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>The verbs after prediction as their users run them: what they write, what they say of bad input, and that they leave nothing half-written.</summary>
public sealed class AfterPredictionTests : IDisposable
{
    private readonly AfterPrediction _made = new();

    public void Dispose() => _made.Dispose();

    [Fact]
    public void Both_evaluations_write_the_same_summary_and_paths_as_they_are_given()
    {
        var folder = _made.Predictions("p", 3);
        using var first = Run("evaluate-folder", _made.References, folder, "-djfile", Path.Combine(folder, "dataset.json"), "-pfile", Path.Combine(folder, "plans.json"), "--json").Ends(0);
        using var second = Run("nnUNetv2_evaluate_simple", _made.References, folder, "-l", "1", "2", "-o", _made.File("s.json")).Ends(0);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "summary.json")), File.ReadAllText(_made.File("s.json")));
        Assert.Equal(["file", "cases", "dice", "mean_dice"], JsonNode.Parse(first.Output)!.AsObject().Select(p => p.Key));
        using var third = Run("evaluate-simple", _made.References, folder, "-l", "1", "2", "--surface", "-o", _made.File("t.json")).Ends(0);
        Assert.Contains("SurfaceDice", third.Output);
        Assert.Contains("HD95", File.ReadAllText(_made.File("t.json")));
    }

    [Theory]
    [InlineData("missing", "case_2.nii.gz")]
    [InlineData("shape", "has the shape 1x2x3")]
    [InlineData("spacing", "has a spacing of 3.5 x 2 x 1")]
    [InlineData("damaged", "case_1.nii.gz")]
    public void A_case_that_cannot_be_scored_leaves_no_summary(string what, string said)
    {
        var folder = _made.Predictions("p", 3);
        if (what == "missing") File.Delete(Path.Combine(_made.References, "case_2.nii.gz"));
        if (what == "shape") AfterPrediction.Rewrite(Path.Combine(folder, "case_1.nii.gz"), new VolumeShape(1, 2, 3));
        if (what == "spacing") AfterPrediction.Respace(Path.Combine(folder, "case_1.nii.gz"));
        if (what == "damaged") File.WriteAllBytes(Path.Combine(folder, "case_1.nii.gz"), [1, 2, 3]);
        using var run = Run("evaluate-simple", _made.References, folder, "-l", "1", "2").Ends(3);
        Assert.Contains(said, run.Errors);
        AssertSentence(run);
        Assert.False(File.Exists(Path.Combine(folder, "summary.json")));
    }

    [Fact]
    public void An_ensemble_goes_on_without_a_case_that_is_damaged()
    {
        var (one, two, output) = (_made.Predictions("one", 3), _made.Predictions("two", 5), _made.File("out"));
        using (Run("ensemble", "-i", one, two, "-o", output, "--save_npz").Ends(0))
        {
            Assert.Equal(4, Directory.GetFiles(output, "*.npz").Length);
            Assert.True(File.Exists(Path.Combine(output, "plans.json")));
        }

        var whole = AfterPrediction.Labels(Path.Combine(output, "case_0.nii.gz"));
        Directory.Delete(output, recursive: true);
        Damage(Path.Combine(two, "case_2.npz"));
        using var run = Run("nnUNetv2_ensemble", "-i", one, two, "-o", output, "--json").Ends(5);
        Assert.Equal("case_2", (string?)Assert.Single(JsonNode.Parse(run.Output)!["quarantined"]!.AsArray())!["case"]);
        Assert.Equal(["case_0.nii.gz", "case_1.nii.gz", "case_3.nii.gz", "dataset.json", "plans.json"], Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(whole, AfterPrediction.Labels(Path.Combine(output, "case_0.nii.gz")));
        AssertSentence(run);
    }

    [Fact]
    public void An_ensemble_of_folders_that_do_not_fit_is_refused()
    {
        var (one, two) = (_made.Predictions("one", 3), _made.Predictions("two", 5));
        using (var same = Run("ensemble", "-i", one, two, "-o", one + "/").Ends(3)) Assert.Contains("is the input folder as well", same.Errors);
        File.Delete(Path.Combine(two, "case_3.npz"));
        using (var lacking = Run("ensemble", "-i", one, two, "-o", _made.File("out")).Ends(3)) Assert.Contains("case_3.npz", lacking.Errors);
        foreach (var npz in Directory.GetFiles(two, "*.npz")) File.Delete(npz);
        using (var none = Run("ensemble", "-i", one, two, "-o", _made.File("out")).Ends(3)) Assert.Contains("holds no .npz", none.Errors);
        foreach (var npz in Directory.GetFiles(one, "*.npz")) Damage(npz);
        using (var damaged = Run("ensemble", "-i", one, "-o", _made.File("out")).Ends(3)) AssertSentence(damaged);
        Assert.Empty(Directory.GetFiles(_made.File("out"), "case_*"));
    }

    [Fact]
    public void Postprocessing_is_found_kept_and_done_elsewhere()
    {
        var folder = _made.Predictions("p", 6);
        using (Run("determine-postprocessing", "-i", folder, "-ref", _made.References).Ends(0))
        {
            var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "postprocessing.json")))!;
            Assert.NotEmpty(json["postprocessing_fns"]!.AsArray());
            Assert.True((double)json["postprocessed"]!["foreground_mean"]!["Dice"]! > (double)json["input_folder"]!["foreground_mean"]!["Dice"]!);
        }

        foreach (var file in (string[])["postprocessing.pkl", "postprocessing.json"])
        {
            var output = _made.File(file + "-out");
            using var run = Run("nnUNetv2_apply_postprocessing", "-i", folder, "-o", output, "-pp_pkl_file", Path.Combine(folder, file)).Ends(0);
            for (var n = 0; n < 4; n++)
                Assert.Equal(AfterPrediction.Labels(Path.Combine(folder, "postprocessed", $"case_{n}.nii.gz")), AfterPrediction.Labels(Path.Combine(output, $"case_{n}.nii.gz")));
        }

        var pickle = Path.Combine(folder, "postprocessing.pkl");
        using (var same = Run("apply-postprocessing", "-i", folder, "-o", folder, "-pp_pkl_file", pickle).Ends(3)) Assert.Contains("is the input folder as well", same.Errors);
        File.Delete(Path.Combine(folder, "plans.json"));
        using var without = Run("apply-postprocessing", "-i", folder, "-o", _made.File("x"), "-pp_pkl_file", pickle).Ends(3);
        Assert.Contains("-plans_json", without.Errors);
        Assert.False(Directory.Exists(_made.File("x")));
    }

    [Fact]
    public void The_best_of_models_and_their_ensemble_is_found_and_can_be_found_again()
    {
        using var run = Run(["nnUNetv2_find_best_configuration", "905", "-c", "2d", "3d_fullres", "-f", "0", "1", "--json", .. _made.Roots]).Ends(0);
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal(3, json["all_results"]!.AsObject().Count);
        Assert.Equal(json["all_results"]!.AsObject().Max(p => (double)p.Value!), (double)json["mean_dice"]!);
        var results = _made.File("results", AfterPrediction.Dataset);
        var information = File.ReadAllText(Path.Combine(results, "inference_information.json"));
        Assert.Contains("actorseg predict -d Dataset905_Made", File.ReadAllText(Path.Combine(results, "inference_instructions.txt")));
        Assert.True(File.Exists((string?)json["postprocessing_file"]));

        // Nothing that was averaged is needed any more.
        foreach (var npz in Directory.GetFiles(results, "*.npz", SearchOption.AllDirectories)) File.Delete(npz);
        using (var overwrite = Run(["find-best-configuration", "905", "-c", "2d", "3d_fullres", "-f", "0", "1", .. _made.Roots]).Ends(3)) Assert.Contains("holds no .npz", overwrite.Errors);
        using var again = Run(["find-best-configuration", "905", "-c", "2d", "3d_fullres", "-f", "0", "1", "--no_overwrite", .. _made.Roots]).Ends(0);
        Assert.Equal(information, File.ReadAllText(Path.Combine(results, "inference_information.json")));
        Assert.Empty(Directory.GetFileSystemEntries(results, ".making-*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_model_with_a_damaged_case_takes_no_part_and_the_rest_goes_on()
    {
        File.WriteAllBytes(Path.Combine(_made.Model("2d"), "fold_1", "validation", "case_1.nii.gz"), [1, 2, 3]);
        Damage(Path.Combine(_made.Model("3d_fullres"), "fold_0", "validation", "case_2.npz"));
        using var run = Run(["find-best-configuration", "905", "-c", "2d", "3d_fullres", "-f", "0", "1", "--json", .. _made.Roots]).Ends(5);
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal("nnUNetTrainer__nnUNetPlans__3d_fullres", (string?)json["best"]);
        Assert.Single(json["all_results"]!.AsObject());
        // The ensemble finds the place of case_1 in the damaged file, too: there are no properties beside these probabilities.
        Assert.Equal(["case_1", "case_1", "case_2"], json["quarantined"]!.AsArray().Select(q => (string?)q!["case"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Folds_are_brought_together_whole_or_not_at_all()
    {
        using var whole = Run(["accumulate-crossval-results", "905", "-c", "2d", "-f", "0", "1", .. _made.Roots]).Ends(0);
        var merged = Path.Combine(_made.Model("2d"), "crossval_results_folds_0_1");
        Assert.Equal(7, Directory.GetFiles(merged).Length);
        using (var there = Run(["accumulate-crossval-results", "905", "-c", "2d", "-f", "0", "1", "-o", merged, .. _made.Roots]).Ends(3)) Assert.Contains("not empty", there.Errors);
        using (var fold = Run(["accumulate-crossval-results", "905", "-c", "2d", "-f", "0", "2", .. _made.Roots]).Ends(3)) Assert.Contains("fold_2", fold.Errors);
        File.WriteAllBytes(Path.Combine(_made.Model("2d"), "fold_1", "validation", "case_1.nii.gz"), [1, 2, 3]);
        using var run = Run(["accumulate-crossval-results", "905", "-c", "2d", "-f", "0", "1", "-o", _made.File("o"), .. _made.Roots]).Ends(5);
        Assert.Contains("3 cases scored", run.Output);
        Assert.Equal(6, Directory.GetFiles(_made.File("o")).Length);
    }

    [Fact]
    public void A_page_and_pictures_are_drawn_of_what_can_be_read()
    {
        var folder = _made.Predictions("p", 4);
        File.WriteAllBytes(Path.Combine(folder, "case_3.nii.gz"), [1, 2, 3]);
        using var run = Run("qc", "-i", folder, "-ref", _made.References, "--json").Ends(5);
        Assert.Equal(3, (int?)JsonNode.Parse(run.Output)!["cases"]);
        Assert.Contains("data:image/png;base64,", File.ReadAllText(Path.Combine(folder, "qc.html")));
    }

    private static ActorSegProcess Run(params string[] arguments) => new(arguments);

    private static void AssertSentence(ActorSegProcess run)
    {
        Assert.DoesNotContain("   at ", run.Errors);
        Assert.DoesNotContain("fault of ActorSeg", run.Errors);
    }

    private static void Damage(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(file, bytes);
    }
}
