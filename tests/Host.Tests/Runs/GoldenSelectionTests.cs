using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>The reference's own folders of a real run, worked on by our commands.</summary>
public sealed class GoldenSelectionTests : IDisposable
{
    private const string Dataset = "Dataset904_HippocampusTiny", Trainer = "nnUNetTrainerTiny__nnUNetPlans__";
    private static readonly string Golden = TestPaths.SharedPath("golden", "l_run");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact("golden/l_run")]
    public void Postprocessed_predictions_are_the_references()
    {
        using var run = new ActorSegProcess(
            "nnUNetv2_apply_postprocessing", "-i", Path.Combine(Golden, "pred_3d"), "-o", _folder.File("o"),
            "-pp_pkl_file", Path.Combine(Golden, "model3d", "fold_0", "validation", "postprocessing.json")).Ends(0);
        var expected = Directory.GetFiles(Path.Combine(Golden, "pred_3d_pp"), "*.nii.gz");
        Assert.Equal(5, expected.Length);
        Assert.All(expected, file => Assert.Equal(Labels(file), Labels(_folder.File("o", Path.GetFileName(file)))));
    }

    [SharedFact("golden/l_run")]
    public void The_same_ensemble_wins_with_the_same_scores_and_postprocessing()
    {
        var results = _folder.File("results", Dataset);
        foreach (var (model, configuration) in ((string, string)[])[("model2d", "2d"), ("model3d", "3d_fullres")]) Copy(Path.Combine(Golden, model), Path.Combine(results, Trainer + configuration));
        // Its probabilities are not at hand, but what nnU-Net made of them is.
        var ensemble = Path.Combine(results, "ensembles", $"ensemble___{Trainer}2d___{Trainer}3d_fullres___0");
        Copy(Path.Combine(Golden, "find_best", "ensembles", "ensemble_2d_3d_fullres_0"), ensemble);
        foreach (var file in Directory.GetFiles(ensemble, "postprocessing.*")) File.Delete(file);
        Copy(TestPaths.SharedPath("data", "nnUNet_raw", "Dataset004_Hippocampus", "labelsTr"), _folder.File("raw", Dataset, "labelsTr"));
        Copy(_folder.File("raw", Dataset, "labelsTr"), _folder.File("preprocessed", Dataset, "gt_segmentations"));
        File.Copy(Path.Combine(Golden, "model2d", "plans.json"), _folder.File("preprocessed", Dataset, "nnUNetPlans.json"));

        using var run = new ActorSegProcess(
            "nnUNetv2_find_best_configuration", Dataset, "-tr", "nnUNetTrainerTiny", "-c", "2d", "3d_fullres", "-f", "0", "--no_overwrite",
            "--raw", _folder.File("raw"), "--preprocessed", _folder.File("preprocessed"), "--results", _folder.File("results")).Ends(0);
        string Written(params string[] parts) => File.ReadAllText(Path.Combine(parts))
            .Replace(_folder.File("raw"), "/data/nnUNet_raw", StringComparison.Ordinal).Replace(_folder.File("results"), "/data/nnUNet_results", StringComparison.Ordinal);
        string Expected(params string[] parts) => File.ReadAllText(Path.Combine([Golden, "find_best", .. parts]));
        Assert.Equal(Expected("inference_information.json"), Written(results, "inference_information.json"));
        Assert.Equal(Expected("2d_crossval_results_folds_0", "summary.json"), Written(results, Trainer + "2d", "crossval_results_folds_0", "summary.json"));
        Assert.Equal(Expected("3d_crossval_results_folds_0", "summary.json"), Written(results, Trainer + "3d_fullres", "crossval_results_folds_0", "summary.json"));
        Assert.Equal(Expected("ensembles", "ensemble_2d_3d_fullres_0", "postprocessing.json"), Written(ensemble, "postprocessing.json"));
        foreach (var file in Directory.GetFiles(Path.Combine(Golden, "find_best", "ensembles", "ensemble_2d_3d_fullres_0", "postprocessed"), "*.nii.gz"))
            Assert.Equal(Labels(file), Labels(Path.Combine(ensemble, "postprocessed", Path.GetFileName(file))));
    }

    private static ushort[] Labels(string file) => LabelMap.Read(new SimpleItkReaderWriter(), file).Labels;

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from).Where(f => new FileInfo(f).Length < 1 << 20)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
