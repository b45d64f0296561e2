using ActorSeg.Actors.Runs;
using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>A training whose disk is full for a while: no file may grow, as processes.</summary>
public class DiskFullTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    private const int Epochs = 6;

    [Fact]
    public void for_a_while_the_training_goes_on_and_ends_as_one_whose_disk_was_never_full()
    {
        var (whole, full) = (phantom.NewResults(), phantom.NewResults());
        using (new ActorSegProcess(phantom.TrainArguments(whole, Epochs)).Ends(0)) { }
        using var run = ActorSegProcess.WithFilesToLimit(phantom.TrainArguments(full, Epochs));
        Await(run, () => File.Exists(Latest(full)));
        run.LimitFiles(0);
        Await(run, () => run.Errors.Contains("could not be written", StringComparison.Ordinal) && run.Errors.Contains($"epoch {Epochs}", StringComparison.Ordinal));
        // The last good one is still there, whole.
        CheckpointFile.Read(Latest(full));
        run.LimitFiles(null);
        run.Ends(0);
        Assert.Equal(Weights(whole), Weights(full));
        Assert.Equal(PhantomFolder.Curve(whole), PhantomFolder.Curve(full));
        Assert.Empty(Directory.GetFiles(full, "*.tmp-*", SearchOption.AllDirectories));
        var summary = RunCatalog.Read(PhantomFolder.FoldFolder(full), DateTimeOffset.UtcNow, withHistory: true);
        Assert.Equal((RunState.Finished, null), (summary.State, summary.Problem));
        Assert.Contains(summary.History, e => e.Event is CheckpointPostponed);
        Assert.Equal(Enumerable.Range(0, Epochs), summary.History.Select(e => e.Event).OfType<EpochEnded>().Select(e => e.Epoch));
    }

    [Fact]
    public void to_the_end_a_stop_ends_it_in_time_and_the_same_command_goes_on_from_the_last_good_checkpoint()
    {
        var (whole, full) = (phantom.NewResults(), phantom.NewResults());
        using (new ActorSegProcess(phantom.TrainArguments(whole, Epochs)).Ends(0)) { }
        using (var run = ActorSegProcess.WithFilesToLimit(phantom.TrainArguments(full, Epochs, "--set", "actorseg.stop-within=2s")))
        {
            Await(run, () => File.Exists(Latest(full)));
            run.LimitFiles(0);
            Await(run, () => run.Errors.Contains("could not be written", StringComparison.Ordinal));
            run.Signal(15);
            run.Ends(75);
            Assert.Contains("has not stopped within 2 s", run.Errors);
        }

        using (new ActorSegProcess(phantom.TrainArguments(full, Epochs)).Ends(0)) { }
        Assert.Equal(Weights(whole), Weights(full));
        Assert.Equal(PhantomFolder.Curve(whole), PhantomFolder.Curve(full));
        Assert.Empty(Directory.GetFiles(full, "*.tmp-*", SearchOption.AllDirectories));
    }

    private static void Await(ActorSegProcess run, Func<bool> holds) =>
        Assert.True(SpinWait.SpinUntil(() => holds() || run.HasEnded, TimeSpan.FromMinutes(3)) && !run.HasEnded, run.Errors);

    private static string Latest(string results) => Path.Combine(PhantomFolder.FoldFolder(results), CheckpointSet.Latest);

    private static IEnumerable<float> Weights(string results) => CheckpointFile.Read(PhantomFolder.Final(results)).Weights.SelectMany(w => w.Values);
}
