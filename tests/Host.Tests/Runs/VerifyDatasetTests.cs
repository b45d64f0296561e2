using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Tests.Runs;

public sealed class VerifyDatasetTests : IDisposable
{
    private const string Dataset = "Dataset903_Checked";

    private readonly TemporaryFolder _folder = new();
    private readonly SimpleItkReaderWriter _io = new();

    public VerifyDatasetTests() => PhantomDataset.Create(_folder.File("raw"), Dataset, 4, 1, 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_problem_of_every_case_is_told_and_the_exit_code_says_so()
    {
        using (var good = Verify(0)) Assert.Contains("4 cases, 0 problems", good.Output);

        File.WriteAllText(Raw("imagesTr", "phantom_000_0000.nii.gz"), "no image");
        File.Delete(Raw("labelsTr", "phantom_001.nii.gz"));
        Rewrite("phantom_002.nii.gz", origin: 0, value: 7);
        using var bad = Verify(3, "--json");
        var json = JsonNode.Parse(bad.Output)!;
        Assert.Equal(["phantom_000", "phantom_001", "phantom_002", "phantom_003"], json["cases"]!.AsArray().Select(c => (string?)c!["case"]));
        Assert.Equal([1, 1, 1, 0], json["cases"]!.AsArray().Select(c => c!["problems"]!.AsArray().Count));
        Assert.Equal(3, (int?)json["problems"]);
        Assert.Equal([0, 1, 2, 7], json["cases"]![2]!["labels"]!.AsArray().Select(v => (int)v!));
        Assert.DoesNotContain("   at ", bad.Errors);
    }

    [Fact]
    public void Rounding_noise_is_taken_out_when_asked_and_a_real_shift_is_left_alone()
    {
        Rewrite("phantom_001.nii.gz", origin: 0.0005);
        Rewrite("phantom_002.nii.gz", origin: 0.5);
        var shifted = File.ReadAllBytes(Raw("labelsTr", "phantom_002.nii.gz"));

        using (var told = Verify(0, "--json")) Assert.Equal(2, (int?)JsonNode.Parse(told.Output)!["warnings"]);
        using var mended = Verify(0, "--fix", "--json");
        var json = JsonNode.Parse(mended.Output)!;
        Assert.Equal([Raw("labelsTr", "phantom_001.nii.gz")], json["fixed"]!.AsArray().Select(f => (string?)f));
        Assert.Equal(1, (int?)json["warnings"]);
        Assert.Equal(shifted, File.ReadAllBytes(Raw("labelsTr", "phantom_002.nii.gz")));
    }

    [Fact]
    public void The_check_before_planning_tells_every_problem_and_measures_nothing()
    {
        Rewrite("phantom_001.nii.gz", origin: 0, value: 7);
        Rewrite("phantom_003.nii.gz", origin: 0, value: 9);
        using var run = new ActorSegProcess(
            "extract-fingerprint", "-d", "903", "--verify_dataset_integrity", "--raw", _folder.File("raw"), "--preprocessed", _folder.File("preprocessed"));
        run.Ends(3);
        Assert.Contains("holds the label 7", run.Errors);
        Assert.Contains("holds the label 9", run.Errors);
        Assert.Contains("2 problems", run.Errors);
        Assert.False(Directory.Exists(_folder.File("preprocessed", Dataset)));
    }

    [SharedFact("data/nnUNet_raw/Dataset004_Hippocampus")]
    public void The_hippocampus_set_has_230_cases_and_no_problem()
    {
        using var run = new ActorSegProcess("verify-dataset", "-d", "4", "--json", "--raw", TestPaths.SharedPath("data", "nnUNet_raw"));
        run.Ends(0);
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal(230, json["cases"]!.AsArray().Count);
        Assert.Equal((0, 0), ((int)json["problems"]!, (int)json["warnings"]!));
    }

    private string Raw(params string[] parts) => Path.Combine([_folder.File("raw"), Dataset, .. parts]);

    private void Rewrite(string label, double origin, ushort? value = null)
    {
        var read = _io.ReadLabels(Raw("labelsTr", label));
        var values = Array.ConvertAll(read.Data.Data, v => (ushort)v);
        if (value is { } other) values[^1] = other;
        var moved = read.Geometry with { Origin = [read.Geometry.Origin[0] + origin, read.Geometry.Origin[1], read.Geometry.Origin[2]] };
        _io.WriteLabels(Raw("labelsTr", label), values, read.Data.Shape, moved);
    }

    private ActorSegProcess Verify(int exitCode, params string[] more) =>
        new ActorSegProcess(["verify-dataset", "-d", "903", "--raw", _folder.File("raw"), .. more]).Ends(exitCode);
}
