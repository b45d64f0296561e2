using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Postprocessing;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class EvaluationVerbTests : IDisposable
{
    private static readonly DatasetPaths Roots = new("/raw", "/preprocessed", "/results");
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public void Simple_evaluation_takes_labels_and_folders_as_they_are_given()
    {
        var job = _line.Job<EvaluateSimpleJob>("nnUNetv2_evaluate_simple", "gt", "pred", "-l", "1", "2", "-il", "3", "-np", "2", "--surface", "--tolerance", "0.5", "-o", "/s.json");

        Assert.Equal([1, 2], job.Labels);
        Assert.Equal(("gt", "pred", 3, "/s.json", 2, 0.5), (job.Reference, job.Prediction, job.Ignore, job.Output, job.Workers, job.SurfaceTolerance));
        Assert.Null(_line.Job<EvaluateSimpleJob>("evaluate-simple", "gt", "pred", "-l", "1").SurfaceTolerance);
        Assert.Equal(1, _line.Job<EvaluateJob>("evaluate-folder", "gt", "pred", "-djfile", "/d", "-pfile", "/p", "--surface").SurfaceTolerance);
    }

    [Theory]
    [InlineData("evaluate-simple", "gt", "pred")]
    [InlineData("evaluate-simple", "gt", "pred", "-l", "1", "1")]
    [InlineData("evaluate-simple", "gt", "pred", "-l", "0")]
    [InlineData("evaluate-simple", "gt", "pred", "-l", "1", "-o", "s.txt")]
    [InlineData("evaluate-simple", "gt", "pred", "-l", "1", "--tolerance", "1")]
    [InlineData("evaluate-simple", "gt", "pred", "-l", "1", "--surface", "--tolerance", "-1")]
    [InlineData("find-best-configuration", "Dataset004_X", "-f", "all")]
    [InlineData("find-best-configuration", "Dataset004_X", "-f", "0", "0")]
    [InlineData("accumulate-crossval-results", "Dataset004_X")]
    [InlineData("ensemble", "-i", "/a")]
    [InlineData("plot-overlay-pngs", "-d", "Dataset004_X", "-o", "/o", "-channel_idx", "-1")]
    [InlineData("download-pretrained-model-by-url", "ftp://x/y.zip")]
    [InlineData("download-pretrained-model-by-url", "http://127.0.0.1/y.zip", "--sha256", "abc")]
    [InlineData("export-model-to-zip", "-d", "Dataset004_X", "-o", "/o.zip", "-chk", "../x.pth")]
    public async Task What_makes_no_sense_is_usage(params string[] args)
    {
        Assert.Equal(2, await _line.Run(args));
        Assert.Empty(_line.Runner.Jobs);
    }

    [Fact]
    public void Ensembles_keep_the_order_of_their_folders()
    {
        var job = _line.Job<EnsembleJob>("nnUNetv2_ensemble", "-i", "/b", "/a", "-o", "/o", "--save_npz", "-np", "3");

        Assert.Equal(["/b", "/a"], job.Folders);
        Assert.Equal(("/o", true, 3), (job.Output, job.SaveProbabilities, job.Workers));
    }

    [Fact]
    public void Postprocessing_takes_the_references_own_spelling()
    {
        Assert.Equal(
            new DeterminePostprocessingJob(Roots, "/p", "/r", "/plans", "/d", 4, KeepFiles: false),
            _line.Job<DeterminePostprocessingJob>("nnUNetv2_determine_postprocessing", "-i", "/p", "-ref", "/r", "-plans_json", "/plans", "-dataset_json", "/d", "-np", "4", "--remove_postprocessed"));
        Assert.Equal(
            new ApplyPostprocessingJob(Roots, "/p", "/o", "/x.pkl", null, null, 0), _line.Job<ApplyPostprocessingJob>("nnUNetv2_apply_postprocessing", "-i", "/p", "-o", "/o", "-pp_pkl_file", "/x.pkl"));
        Assert.Equal("/x.pkl", _line.Job<ApplyPostprocessingJob>("apply-postprocessing", "-i", "/p", "-o", "/o", "--pp_pkl_file", "/x.pkl").File);
    }

    [Fact]
    public void The_best_configuration_is_looked_for_among_nnU_Nets_own_by_default()
    {
        var job = _line.Job<FindBestJob>("nnUNetv2_find_best_configuration", "Dataset004_X");

        Assert.Equal(["2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres"], job.Models.Select(m => m.Configuration));
        Assert.Equal([0, 1, 2, 3, 4], job.Folds);
        Assert.True(job.Ensembling && job.Overwrite);
        var other = _line.Job<FindBestJob>("find-best-configuration", "Dataset004_X", "-tr", "A", "B", "-p", "P", "-c", "2d", "-f", "1", "--disable_ensembling", "--no_overwrite", "-np", "2");
        Assert.Equal([new ModelName("A", "P", "2d"), new ModelName("B", "P", "2d")], other.Models);
        Assert.False(other.Ensembling || other.Overwrite);
    }

    [Fact]
    public void Folds_are_accumulated_into_their_own_folder_unless_told()
    {
        var job = _line.Job<AccumulateJob>("nnUNetv2_accumulate_crossval_results", "Dataset004_X", "-c", "2d", "-f", "0", "1");

        Assert.Equal((new ModelName("nnUNetTrainer", "nnUNetPlans", "2d"), (string?)null), (job.Model, job.Output));
        Assert.Equal("/o", _line.Job<AccumulateJob>("accumulate-crossval-results", "Dataset004_X", "-c", "2d", "-o", "/o").Output);
    }

    [Fact]
    public void Overlays_are_of_preprocessed_cases_unless_raw_ones_are_wanted()
    {
        Assert.Equal(
            new PlotOverlaysJob(Roots, "Dataset004_X", "/o", "nnUNetPlans", null, 0, 0.6, 0), _line.Job<PlotOverlaysJob>("nnUNetv2_plot_overlay_pngs", "-d", "Dataset004_X", "-o", "/o"));
        Assert.Equal(
            new PlotOverlaysJob(Roots, "Dataset004_X", "/o", null, "2d", 1, 0.3, 2),
            _line.Job<PlotOverlaysJob>("plot-overlay-pngs", "-d", "Dataset004_X", "-o", "/o", "--use_raw", "-c", "2d", "-channel_idx", "1", "-overlay_intensity", "0.3", "-np", "2"));
    }

    [Fact]
    public void A_page_goes_beside_the_predictions_unless_told()
    {
        Assert.Equal(new QualityJob(Roots, "/p", null, null, null, "/p/qc.html", 0), _line.Job<QualityJob>("qc", "-i", "/p"));
        Assert.Equal(
            new QualityJob(Roots, "/p", "/i", "/r", "/d.json", "/q.html", 2),
            _line.Job<QualityJob>("qc", "-i", "/p", "--images", "/i", "-ref", "/r", "-djfile", "/d.json", "-o", "/q.html", "-np", "2"));
    }

    [Fact]
    public void Sharing_takes_nnU_Nets_flags()
    {
        var export = _line.Job<ExportModelJob>("nnUNetv2_export_model_to_zip", "-d", "Dataset004_X", "-o", "/m.zip", "-f", "0", "all", "-c", "2d", "--not_strict", "--exp_cv_preds");
        Assert.Equal(("/results", "/m.zip", false, true), (export.Request.ResultsRoot, export.Output, export.Request.IsStrict, export.Request.WithPredictions));
        Assert.Equal([new Fold(0), Fold.All], export.Request.Folds);
        Assert.Equal(new InstallModelJob(Roots, "/m.zip", true), _line.Job<InstallModelJob>("nnUNetv2_install_pretrained_model_from_zip", "/m.zip", "--overwrite"));
        Assert.Equal(
            new DownloadModelJob(Roots, new Uri("http://127.0.0.1/m.zip"), new string('a', 64), false),
            _line.Job<DownloadModelJob>("nnUNetv2_download_pretrained_model_by_url", "http://127.0.0.1/m.zip", "--sha256", new string('A', 64)));
    }

    [Fact]
    public async Task Roots_are_missed_before_anything_is_done()
    {
        _line.Variables.Clear();
        Assert.Equal(2, await _line.Run("install-pretrained-model-from-zip", "/m.zip"));
        Assert.Contains("nnUNet_results is not set", _line.Error);
    }

    [Fact]
    public async Task The_best_model_is_told_with_the_commands_that_predict_with_it()
    {
        var model = new ModelName("T", "P", "2d");
        var best = new RankedModel([model], "/r/f", 0.75);
        _line.Runner.Gives(new FindBestResult(
            new ModelSelection("Dataset004_X", [0], true, [model], [best], best, 0.76), [new PostprocessingStep([1], StepForm.Label)], "predict so\n", "/r/i.json", []));
        Assert.Equal(0, await _line.Run("find-best-configuration", "Dataset004_X", "--json"));
        var json = JsonNode.Parse(_line.Out)!.AsObject();
        Assert.Equal(
            ["best", "mean_dice", "mean_dice_postprocessed", "all_results", "postprocessing", "postprocessing_file", "information", "instructions", "quarantined"], json.Select(p => p.Key));
        Assert.Equal("[[1]]", json["postprocessing"]!.ToJsonString());
    }

    [Fact]
    public async Task Surfaces_and_failed_cases_are_in_the_result()
    {
        var dice = new Dictionary<string, double> { ["liver"] = 0.5 };
        _line.Runner.Gives(new EvaluateResult("/s.json", 2, dice, 0.5)
        {
            Surface = new Dictionary<string, IReadOnlyDictionary<string, double>> { ["HD"] = new Dictionary<string, double> { ["liver"] = double.NaN } },
            Quarantined = [new QuarantinedCase(new CaseId("a"), "evaluate", 1, "why", FaultKind.Data)],
        });
        Assert.Equal(5, await _line.Run("evaluate-simple", "gt", "pred", "-l", "1", "--json"));
        var json = JsonNode.Parse(_line.Out)!.AsObject();
        Assert.Equal("""{"HD":{"liver":null}}""", json["surface"]!.ToJsonString());
        Assert.Single(json["quarantined"]!.AsArray());
    }

    [Fact]
    public async Task Launchers_of_all_names_are_written_and_no_other_program_is_replaced()
    {
        using var folder = new TemporaryFolder();
        _line.Host = _line.Host with { Launcher = ["/opt/it's here/actorseg"] };
        Assert.Equal(0, await _line.Run("install-aliases", folder.File("bin")));
        var files = Directory.GetFiles(folder.File("bin"));
        Assert.Equal(24, files.Length);
        Assert.Equal("#!/bin/sh\n# a launcher of ActorSeg\nexec '/opt/it'\\''s here/actorseg' 'nnUNetv2_train' \"$@\"\n", await File.ReadAllTextAsync(folder.File("bin", "nnUNetv2_train")));
        if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(folder.File("bin", "nnUNetv2_train")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal(0, await _line.Run("install-aliases", folder.File("bin")));

        await File.WriteAllTextAsync(folder.File("bin", "nnUNetv2_train"), "#!/usr/bin/python3\n");
        Assert.Equal(3, await _line.Run("install-aliases", folder.File("bin")));
        Assert.Equal("#!/usr/bin/python3\n", await File.ReadAllTextAsync(folder.File("bin", "nnUNetv2_train")));
    }
}
