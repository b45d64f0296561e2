using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Trainings as their users run them, of data of which some is broken.</summary>
public class LoadingTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public void a_training_goes_on_without_a_case_that_cannot_be_used_and_says_so_in_warning_result_log_and_exit_code()
    {
        var (preprocessed, results) = (Damaged(out var id), phantom.NewResults());
        using (var run = Train(preprocessed, results).Ends(5))
        {
            Assert.Contains($"case {id} is given up after 3 tries", run.Errors);
            Assert.Contains("bottleneck: ", run.Errors);
            var lost = Assert.Single(JsonNode.Parse(run.Output)!["quarantined"]!.AsArray())!;
            Assert.Equal((id, "train", "data"), (lost["case"]!.GetValue<string>(), lost["stage"]!.GetValue<string>(), lost["kind"]!.GetValue<string>()));
        }

        var log = File.ReadAllText(Assert.Single(Directory.GetFiles(PhantomFolder.FoldFolder(results), "training_log_*.txt")));
        Assert.Contains($"warning: case {id} is given up", log);
        Assert.Equal(2, log.Split("bottleneck: ").Length - 1);
        using var described = new ActorSegProcess("describe", "checkpoint", Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_final.pth"), "--json").Ends(0);
        Assert.Equal(id, JsonNode.Parse(described.Output)!["extra"]!["quarantined"]![0]!["case"]!.GetValue<string>());
    }

    [Fact]
    public void a_strict_training_stops_with_a_checkpoint_and_the_exit_code_of_data()
    {
        var (preprocessed, results) = (Damaged(out var id), phantom.NewResults());
        using var run = Train(preprocessed, results, "--set", "actorseg.train.strict=on").Ends(3);
        Assert.Contains($"the case '{id}' is needed", run.Errors);
        Assert.True(File.Exists(Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_latest.pth")));
    }

    [Fact]
    public void nnunets_variable_fixes_the_number_of_workers()
    {
        using var run = ActorSegProcess.With("nnUNet_n_proc_DA", "3", Arguments(phantom.Preprocessed, phantom.NewResults())).Ends(0);
        Assert.Contains("nnUNet_n_proc_DA is set: 3 augmentation workers", run.Errors);
        Assert.Contains("3 workers: ", run.Errors);
    }

    // One of the fold's training cases is cut short, and there are no raw files to make it again of.
    private string Damaged(out string id)
    {
        var folder = phantom.NewPreprocessed();
        foreach (var file in Directory.GetFiles(phantom.Preprocessed, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(phantom.Preprocessed, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }

        var splits = new JsonArray(Enumerable.Range(0, 5).Select(n => (JsonNode)new JsonObject
        {
            ["train"] = new JsonArray(Enumerable.Range(0, 6).Where(c => c != n).Select(c => (JsonNode)$"phantom_{c:000}").ToArray()),
            ["val"] = new JsonArray($"phantom_{n:000}"),
        }).ToArray());
        File.WriteAllText(Path.Combine(folder, PhantomFolder.Dataset, "splits_final.json"), splits.ToJsonString());
        id = "phantom_003";
        using var stream = new FileStream(Path.Combine(PhantomFolder.CaseFolder(folder), $"{id}.npz"), FileMode.Open, FileAccess.Write);
        stream.SetLength(stream.Length / 2);
        return folder;
    }

    private ActorSegProcess Train(string preprocessed, string results, params string[] more) => new(Arguments(preprocessed, results, more));

    private string[] Arguments(string preprocessed, string results, params string[] more) =>
    [
        "train", "901", "3d_fullres", "0", "--epochs", "2", "--iterations", "6", "--val-iterations", "1", "--batch-size", "2", "-device", "cpu", "--json",
        "--raw", preprocessed, "--preprocessed", preprocessed, "--results", results, .. more,
    ];
}
