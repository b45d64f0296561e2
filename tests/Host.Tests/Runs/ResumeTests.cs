using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

public class ResumeTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public void a_run_killed_and_repeated_ends_with_the_weights_of_one_never_killed_to_the_bit()
    {
        var (whole, killed) = (phantom.NewResults(), phantom.NewResults());
        using (var run = phantom.Train(whole)) run.Ends(0);

        using (var run = phantom.Train(killed))
        {
            AwaitFile(Path.Combine(PhantomFolder.FoldFolder(killed), "checkpoint_latest.pth"));
            run.Signal(9);
            Assert.NotEqual(0, run.Wait());
        }

        Assert.False(File.Exists(Final(killed)));
        using (var again = phantom.Train(killed).Ends(0)) Assert.Contains("resuming at epoch", again.Output + again.Errors);
        Assert.Equal(WeightsOf(whole), WeightsOf(killed));
        Assert.Empty(Directory.GetFiles(killed, "*.tmp-*", SearchOption.AllDirectories));
    }

    [Fact]
    public void sigterm_writes_a_checkpoint_and_ends_with_75_and_the_same_command_goes_on()
    {
        var results = phantom.NewResults();
        using (var run = phantom.Train(results))
        {
            AwaitFile(Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_best.pth"));
            run.Signal(15);
            run.Ends(75);
        }

        Assert.True(File.Exists(Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_latest.pth")));
        using var again = phantom.Train(results).Ends(0);
        Assert.Contains("resuming at epoch", again.Output + again.Errors);
    }

    [Fact]
    public void a_run_begun_with_another_batch_size_is_refused_and_left_as_it_is()
    {
        var results = phantom.NewResults();
        using (phantom.Train(results).Ends(0)) { }
        var before = File.ReadAllBytes(Final(results));
        using var other = new ActorSegProcess(
            "train", "901", "3d_fullres", "0", "--epochs", "4", "--iterations", "5", "--val-iterations", "1", "--batch-size", "3", "-device", "cpu",
            "--preprocessed", phantom.Preprocessed, "--results", results);
        other.Ends(2);
        Assert.Contains("--batch-size 2", other.Errors);
        Assert.Contains("--fresh", other.Errors);
        Assert.Equal(before, File.ReadAllBytes(Final(results)));
    }

    [Fact]
    public void a_trained_model_predicts_unseen_images_and_is_scored()
    {
        var (results, predictions) = (phantom.NewResults(), phantom.NewResults());
        using (phantom.Train(results).Ends(0)) { }
        var raw = Path.Combine(phantom.Raw, PhantomFolder.Dataset);
        using (new ActorSegProcess(
            "predict", "-i", Path.Combine(raw, "imagesTs"), "-o", predictions, "-d", "901", "-c", "3d_fullres", "-f", "0", "--disable_tta", "-device", "cpu",
            "--raw", phantom.Raw, "--preprocessed", phantom.Preprocessed, "--results", results).Ends(0)) { }
        using var scored = new ActorSegProcess(
            "evaluate-folder", Path.Combine(raw, "labelsTs"), predictions, "-djfile", Path.Combine(raw, "dataset.json"),
            "-pfile", Path.Combine(predictions, "plans.json"), "--json").Ends(0);
        var result = JsonNode.Parse(scored.Output)!;
        Assert.Equal(1, result["cases"]!.GetValue<int>());
        Assert.Equal(2, result["dice"]!.AsObject().Count);
        Assert.True(File.Exists(Path.Combine(predictions, "summary.json")));
    }

    private static string Final(string results) => Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_final.pth");

    private static string WeightsOf(string results)
    {
        using var described = new ActorSegProcess("describe", "checkpoint", Final(results), "--json").Ends(0);
        return JsonNode.Parse(described.Output)!["weights_sha256"]!.GetValue<string>();
    }

    // A rename makes the file appear at once and whole.
    private static void AwaitFile(string path) =>
        Assert.True(SpinWait.SpinUntil(() => File.Exists(path), TimeSpan.FromMinutes(3)), $"{path} never appeared");
}
