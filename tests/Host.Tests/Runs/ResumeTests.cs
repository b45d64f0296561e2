using System.Text.Json.Nodes;
using ActorSeg.Actors.Runs;

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

        Assert.False(File.Exists(PhantomFolder.Final(killed)));
        using (var again = phantom.Train(killed).Ends(0)) Assert.Contains("resuming at epoch", again.Output + again.Errors);
        Assert.Equal(WeightsOf(whole), WeightsOf(killed));
        Assert.Empty(Directory.GetFiles(killed, "*.tmp-*", SearchOption.AllDirectories));
    }

    [Fact]
    public void a_run_killed_at_ten_random_instants_ends_as_one_never_killed() => KillAndCompare(kills: 10, epochs: 12, seed: 7);

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    [Trait("Category", "Long")]
    public void a_run_killed_at_forty_random_instants_ends_as_one_never_killed(int seed) => KillAndCompare(kills: 40, epochs: 30, seed);

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
        var stopped = RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: true);
        Assert.Equal(RunState.Stopped, stopped.State);
        // The checkpoint first, then the word of it.
        var last = Assert.IsType<CheckpointCommitted>(stopped.History[^2].Event);
        Assert.Equal((("latest", stopped.Checkpoint!.Value), typeof(RunStopped)), ((last.Kind, (last.Epoch, last.Iteration)), stopped.History[^1].Event!.GetType()));
        using var again = phantom.Train(results).Ends(0);
        Assert.Contains("resuming at epoch", again.Output + again.Errors);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void a_process_that_ends_in_the_middle_of_a_step_ends_with_75_all_the_same(bool second)
    {
        // Batches of 200: a step takes seconds, so that the trainer's thread is within libtorch when the process ends.
        var results = phantom.NewResults();
        string[] arguments =
        [
            "train", "901", "3d_fullres", "0", "--epochs", "1", "--iterations", "50", "--val-iterations", "1", "--batch-size", "200", "-device", "cpu",
            "--raw", phantom.Raw, "--preprocessed", phantom.Preprocessed, "--results", results,
        ];
        using (var run = new ActorSegProcess([.. arguments, "--set", second ? "actorseg.stop-within=1h" : "actorseg.stop-within=1ms"]))
        {
            Assert.True(SpinWait.SpinUntil(() => run.HasEnded || run.Errors.Contains("train 1/50", StringComparison.Ordinal), TimeSpan.FromMinutes(3)) && !run.HasEnded, run.Errors);
            run.Signal(15);
            if (second)
            {
                Assert.True(SpinWait.SpinUntil(() => run.Errors.Contains("once more to stop at once", StringComparison.Ordinal), TimeSpan.FromMinutes(1)));
                run.Signal(15);
            }

            run.Ends(75);
        }

        var state = RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: false).State;
        Assert.Equal(second ? RunState.Interrupted : RunState.Stopped, state);
    }

    [Theory, InlineData("cut short"), InlineData("a bit turned"), InlineData("empty")]
    public void a_damaged_checkpoint_is_told_and_the_run_goes_on_from_the_one_before_to_the_same_end(string damage)
    {
        var (whole, damaged) = (phantom.NewResults(), phantom.NewResults());
        using (phantom.Train(whole).Ends(0)) { }
        var latest = Path.Combine(PhantomFolder.FoldFolder(damaged), "checkpoint_latest.pth");
        using (var run = phantom.Train(damaged))
        {
            AwaitFile(Path.Combine(PhantomFolder.FoldFolder(damaged), "checkpoint_latest.previous.pth"));
            run.Signal(9);
            run.Wait();
        }

        // The kill may have fallen between the two renames.
        if (!File.Exists(latest)) return;
        var bytes = File.ReadAllBytes(latest);
        if (damage == "a bit turned") bytes[bytes.Length / 2] ^= 16;
        File.WriteAllBytes(latest, damage switch { "cut short" => bytes[..(bytes.Length / 3)], "empty" => [], _ => bytes });
        using (var again = phantom.Train(damaged).Ends(0))
        {
            Assert.Contains("checkpoint not used: ", again.Errors);
            Assert.Contains("checkpoint_latest.pth", again.Errors);
            Assert.Contains("resuming at epoch", again.Output + again.Errors);
        }

        var resumed = RunCatalog.Read(PhantomFolder.FoldFolder(damaged), DateTimeOffset.UtcNow, withHistory: true).History.Select(e => e.Event).OfType<RunResumed>().Last();
        Assert.Equal("checkpoint_latest.pth", Assert.Single(resumed.Refused).File);
        Assert.Equal((WeightsOf(whole), PhantomFolder.Curve(whole)), (WeightsOf(damaged), PhantomFolder.Curve(damaged)), (a, b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2));
    }

    [Fact]
    public void a_run_begun_with_another_batch_size_is_refused_and_left_as_it_is()
    {
        var results = phantom.NewResults();
        using (phantom.Train(results).Ends(0)) { }
        var before = File.ReadAllBytes(PhantomFolder.Final(results));
        using var other = new ActorSegProcess(
            "train", "901", "3d_fullres", "0", "--epochs", "4", "--iterations", "5", "--val-iterations", "1", "--batch-size", "3", "-device", "cpu",
            "--preprocessed", phantom.Preprocessed, "--results", results);
        other.Ends(2);
        Assert.Contains("--batch-size 2", other.Errors);
        Assert.Contains("--fresh", other.Errors);
        Assert.Equal(before, File.ReadAllBytes(PhantomFolder.Final(results)));
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

    // Every third kill falls into the writing of a checkpoint, the others anywhere from the start of the process on.
    private void KillAndCompare(int kills, int epochs, int seed)
    {
        var (whole, killed, random) = (phantom.NewResults(), phantom.NewResults(), new Random(seed));
        using (new ActorSegProcess(phantom.TrainArguments(whole, epochs)).Ends(0)) { }
        for (var n = 0; n < kills; n++)
        {
            using var run = new ActorSegProcess(phantom.TrainArguments(killed, epochs));
            var after = TimeSpan.FromMilliseconds(random.Next(3000));
            if (n % 3 == 0) SpinWait.SpinUntil(() => run.HasEnded || IsWriting(killed), TimeSpan.FromMinutes(3));
            else run.WaitAtMost(after);
            if (run.HasEnded) break;
            run.Signal(9);
            run.Wait();
        }

        using (new ActorSegProcess(phantom.TrainArguments(killed, epochs)).Ends(0)) { }
        Assert.Equal(WeightsOf(whole), WeightsOf(killed));
        Assert.Equal(PhantomFolder.Curve(whole), PhantomFolder.Curve(killed));
        CheckHistory(killed, epochs);
        Assert.Empty(Directory.GetFiles(PhantomFolder.FoldFolder(killed), "*.tmp-*", SearchOption.AllDirectories));
    }

    // An epoch is told once for each time it was trained, and came out the same each time.
    private static void CheckHistory(string results, int epochs)
    {
        var run = RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: true);
        Assert.Equal((RunState.Finished, null), (run.State, run.Problem));
        var trained = run.History.Select(e => e.Event).OfType<EpochEnded>().GroupBy(e => e.Epoch).OrderBy(e => e.Key).ToArray();
        Assert.Equal(Enumerable.Range(0, epochs), trained.Select(e => e.Key));
        Assert.All(trained, same => Assert.Single(same.DistinctBy(e => (e.TrainLoss, e.ValidationLoss, e.MeanDice, e.LearningRate))));
        var owners = run.History.Select(e => e.Owner).ToArray();
        Assert.Equal(owners.Order(), owners);
        Assert.Equal(run.Owner!.Token, owners[^1]);
    }

    private static bool IsWriting(string results) =>
        Directory.Exists(PhantomFolder.FoldFolder(results)) && Directory.EnumerateFiles(PhantomFolder.FoldFolder(results), "checkpoint_*.tmp-*").Any();

    private static string WeightsOf(string results)
    {
        using var described = new ActorSegProcess("describe", "checkpoint", PhantomFolder.Final(results), "--json").Ends(0);
        return JsonNode.Parse(described.Output)!["weights_sha256"]!.GetValue<string>();
    }

    // A rename makes the file appear at once and whole.
    private static void AwaitFile(string path) =>
        Assert.True(SpinWait.SpinUntil(() => File.Exists(path), TimeSpan.FromMinutes(3)), $"{path} never appeared");
}
