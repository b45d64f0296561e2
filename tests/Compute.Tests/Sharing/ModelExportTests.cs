using System.IO.Compression;
using ActorSeg.Compute.Sharing;

namespace ActorSeg.Compute.Tests.Sharing;

public sealed class ModelExportTests : IDisposable
{
    private const string Prefix = $"{ResultsFolder.Dataset}/{ResultsFolder.Model}";

    private readonly ResultsFolder _results = new();
    private readonly TemporaryFolder _out = new();
    private readonly List<string> _warnings = [];

    public void Dispose()
    {
        _results.Dispose();
        _out.Dispose();
    }

    [Fact]
    public void members_are_the_references_in_its_order()
    {
        var members = Write(_results.Request("2d"));
        Assert.Equal(
        [
            .. from fold in (string[])["fold_0", "fold_1"] from file in (string[])["debug.json", "checkpoint_final.pth", "progress.png", "validation/summary.json"] select $"{Prefix}/{fold}/{file}",
            $"{Prefix}/crossval_results_folds_0_1/summary.json", $"{Prefix}/crossval_results_folds_0_1/postprocessing.pkl", $"{Prefix}/crossval_results_folds_0_1/postprocessing.json",
            $"{Prefix}/plans.json", $"{Prefix}/dataset_fingerprint.json", $"{Prefix}/dataset.json",
            $"{ResultsFolder.Dataset}/inference_information.json", $"{ResultsFolder.Dataset}/inference_instructions.txt",
        ], members);
        using var zip = ZipFile.OpenRead(_out.File("m.zip"));
        Assert.Equal(members, zip.Entries.Select(e => e.FullName));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void an_ensemble_goes_along_when_both_of_its_members_do()
    {
        var members = Write(_results.Request("2d", "3d_fullres")).Where(name => name.Contains("/ensembles/", StringComparison.Ordinal));
        Assert.Equal([$"{ResultsFolder.Dataset}/ensembles/ensemble___{ResultsFolder.Model}___{ResultsFolder.Other}___0_1/summary.json"], members);
    }

    [Fact]
    public void predictions_go_along_when_asked_for_without_their_probabilities()
    {
        var members = Write(_results.Request("2d") with { WithPredictions = true });
        Assert.Contains($"{Prefix}/fold_0/validation/a.nii.gz", members);
        Assert.Contains($"{Prefix}/crossval_results_folds_0_1/a.nii.gz", members);
        Assert.DoesNotContain(members, name => name.EndsWith(".npz", StringComparison.Ordinal) || name.EndsWith("a.pkl", StringComparison.Ordinal));
    }

    [Fact]
    public void what_is_missing_is_an_error_and_nothing_is_written()
    {
        Assert.Contains("3d_lowres", Assert.Throws<DataException>(() => Write(_results.Request("2d", "3d_lowres"))).Message);
        Assert.Contains("fold_2", Assert.Throws<DataException>(() => Write(_results.Request("2d") with { Folds = [new Fold(2)] })).Message);
        Assert.Contains("checkpoint_x.pth", Assert.Throws<DataException>(() => Write(_results.Request("2d") with { Checkpoints = ["checkpoint_x.pth"] })).Message);
        Assert.Empty(Directory.GetFiles(_out.Path));
    }

    [Fact]
    public void without_strictness_the_rest_is_exported_and_what_is_left_out_is_told()
    {
        var members = Write(_results.Request("2d", "3d_lowres") with { IsStrict = false, Folds = [new Fold(0), new Fold(4)] });
        Assert.Contains($"{Prefix}/fold_0/checkpoint_final.pth", members);
        Assert.Equal(2, _warnings.Count);
        Assert.Throws<DataException>(() => Write(_results.Request("3d_lowres") with { IsStrict = false }));
    }

    [Fact]
    public void a_model_without_its_curves_or_scores_can_be_exported()
    {
        File.Delete(_results.File(ResultsFolder.Dataset, ResultsFolder.Model, "fold_0", "progress.png"));
        Directory.Delete(_results.File(ResultsFolder.Dataset, ResultsFolder.Model, "fold_1", "validation"), recursive: true);
        Write(_results.Request("2d"));
        Assert.Equal(2, _warnings.Count);
    }

    private IReadOnlyList<string> Write(ExportRequest request) => ModelExport.Write(request, _out.File("m.zip"), _warnings.Add, null, CancellationToken.None);
}
