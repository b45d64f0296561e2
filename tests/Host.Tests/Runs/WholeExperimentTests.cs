using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

/// <summary><c>run</c> as a process: the whole way, and again after it was killed in the middle.</summary>
public class WholeExperimentTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public void an_experiment_killed_in_the_middle_of_its_folds_goes_on_and_ends_as_one_never_killed()
    {
        var (whole, killed) = (phantom.NewResults(), phantom.NewResults());
        var expected = Result(Run(whole).Ends(0));
        using (var run = Run(killed))
        {
            // The second fold's first checkpoint: the first fold is over by then.
            Await(run, Path.Combine(Model(killed), "fold_1", "checkpoint_latest.pth"));
            run.Signal(9);
            Assert.NotEqual(0, run.Wait());
        }

        var first = File.GetLastWriteTimeUtc(Path.Combine(Model(killed), "fold_0", "checkpoint_final.pth"));
        using var again = Run(killed).Ends(0);
        var actual = Result(again);
        Assert.Equal(first, File.GetLastWriteTimeUtc(Path.Combine(Model(killed), "fold_0", "checkpoint_final.pth")));
        Assert.Contains("4/6 train 3d_fullres fold 0: Dice", again.Errors);
        foreach (var key in (string[])["folds", "dice", "mean_dice"]) Assert.True(JsonNode.DeepEquals(Plain(expected[key], whole), Plain(actual[key], killed)), key);
        Assert.Equal(0.5, (double)actual["mean_dice"]!, tolerance: 0.5); // a number, whichever
        Assert.Equal(2, actual["folds"]!.AsArray().Count);
        Assert.True(File.Exists((string)actual["page"]!));
        Assert.Single(Directory.GetFiles((string)actual["predictions"]!, "*.nii.gz"));
    }

    [Fact]
    public void a_data_set_is_checked_before_it_is_measured_and_not_read_again_for_that()
    {
        var preprocessed = phantom.NewPreprocessed();
        File.Delete(Path.Combine(preprocessed, PhantomFolder.Dataset, "dataset_fingerprint.json"));
        string[] none = ["run", "-d", "901", "-c", "nope", "--raw", phantom.Raw, "--preprocessed", preprocessed, "--results", phantom.NewResults()];
        using (var first = new ActorSegProcess(none).Ends(2)) Assert.Contains("verify 6/6", first.Errors);
        using var again = new ActorSegProcess(none).Ends(2);
        Assert.DoesNotContain("verify ", again.Errors);
        Assert.Contains("6 cases, measured before", again.Errors);
    }

    [Theory]
    [InlineData("-f 0 0", "give each fold once")]
    [InlineData("-f 0 all", "or all alone")]
    [InlineData("--test-labels .", "give these too")]
    [InlineData("-c nope", "none of nope is in nnUNetPlans")]
    public void what_cannot_be_done_is_told_before_anything_is_trained(string flags, string told)
    {
        using var run = new ActorSegProcess(["run", "-d", "901", .. Folders(phantom.NewResults()), .. flags.Split(' ')]);
        run.Ends(2);
        Assert.Contains(told, run.Errors);
    }

    private static string Model(string results) => Path.GetDirectoryName(PhantomFolder.FoldFolder(results))!;

    private static JsonObject Result(ActorSegProcess run) => JsonNode.Parse(run.Output)!.AsObject();

    private static JsonNode? Plain(JsonNode? node, string results) => node is null ? null : JsonNode.Parse(node.ToJsonString().Replace(results, "", StringComparison.Ordinal));

    private static void Await(ActorSegProcess run, string file)
    {
        while (!File.Exists(file) && !run.HasEnded) run.WaitAtMost(TimeSpan.FromMilliseconds(5));
        Assert.True(File.Exists(file), run.Errors);
    }

    private string[] Folders(string results) => ["--raw", phantom.Raw, "--preprocessed", phantom.Preprocessed, "--results", results];

    private ActorSegProcess Run(string results)
    {
        var raw = Path.Combine(phantom.Raw, PhantomFolder.Dataset);
        return new ActorSegProcess(
        [
            "run", "-d", "901", "-c", "3d_fullres", "-f", "0", "1", "--epochs", "2", "--iterations", "3", "--val-iterations", "1", "--batch-size", "2", "-device", "cpu", "--json",
            "--test-images", Path.Combine(raw, "imagesTs"), "--test-labels", Path.Combine(raw, "labelsTs"), .. Folders(results),
        ]);
    }
}
