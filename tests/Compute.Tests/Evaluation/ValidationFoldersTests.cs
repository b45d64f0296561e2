using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;

namespace ActorSeg.Compute.Tests.Evaluation;

public sealed class ValidationFoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ValidationFoldersTests()
    {
        foreach (var file in (string[])["m/fold_0/validation/b.nii.gz", "m/fold_1/validation/a.nii.gz", "m/fold_1/validation/summary.json", "r/a.nii.gz", "r/b.nii.gz", "r/c.nii.gz"]) Touch(file);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void cases_of_all_folds_come_sorted_with_their_references()
    {
        var cases = Collect([0, 1]);
        Assert.Equal(["a", "b"], cases.Select(c => c.Case.Value));
        Assert.Equal((_folder.File("m/fold_1/validation/a.nii.gz"), _folder.File("r/a.nii.gz")), (cases[0].Prediction, cases[0].Reference));
        Assert.Equal("/m/crossval_results_folds_0_1", ValidationFolders.MergedFolder("/m", [0, 1]));
    }

    [Fact]
    public void what_is_missing_or_twice_is_a_sentence()
    {
        Assert.Contains("fold_2", Failure([0, 2]));
        Touch("m/fold_2/validation/summary.json");
        Assert.Contains("holds no file", Failure([2]));
        Touch("m/fold_2/validation/a.nii.gz");
        Assert.Contains("second time", Failure([1, 2]));
        File.Delete(_folder.File("r/b.nii.gz"));
        Assert.Contains("b.nii.gz: is not there, but has a prediction", Failure([0]));
        Directory.Delete(_folder.File("r"), recursive: true);
        Assert.Contains("is not there", Failure([0]));
    }

    [Fact]
    public void references_are_the_raw_ones_where_they_are_at_hand()
    {
        var paths = new DatasetPaths(_folder.File("raw"), _folder.File("pre"), null);
        Assert.Equal(_folder.File("pre", "Dataset001_X", "gt_segmentations"), ValidationFolders.ReferenceFolder(paths, "Dataset001_X"));
        Directory.CreateDirectory(_folder.File("raw", "Dataset001_X", "labelsTr"));
        Assert.Equal(_folder.File("raw", "Dataset001_X", "labelsTr"), ValidationFolders.ReferenceFolder(paths, "Dataset001_X"));
    }

    private IReadOnlyList<ValidationCase> Collect(int[] folds) => ValidationFolders.Collect(_folder.File("m"), folds, ".nii.gz", _folder.File("r"));

    private string Failure(int[] folds) => Assert.Throws<DataException>(() => Collect(folds)).Message;

    private void Touch(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
        File.WriteAllText(_folder.File(file), "");
    }
}
