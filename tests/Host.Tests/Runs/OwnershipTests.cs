using System.Text.Json.Nodes;
using ActorSeg.Actors.Runs;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Who may write to a run, between processes.</summary>
public class OwnershipTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    // More than any test waits for.
    private const int Many = 10_000;

    [Fact]
    public void A_second_start_is_refused_and_told_who_trains_and_status_tells_it_too()
    {
        var results = phantom.NewResults();
        using var first = new ActorSegProcess(phantom.TrainArguments(results, Many));
        Await(() => Checkpoint(results) is not null);
        using (var second = new ActorSegProcess(phantom.TrainArguments(results, Many, "--fresh")).Ends(4))
            Assert.Contains($"process {first.Pid} on {Environment.MachineName} since", second.Errors);
        Assert.NotNull(Checkpoint(results));
        var running = Status(results);
        Assert.Equal(("running", first.Pid), ((string)running["state"]!, (int)running["pid"]!));
        Assert.NotNull(running["progress"]);

        first.Signal(15);
        first.Ends(75);
        Assert.Equal("stopped", (string)Status(results)["state"]!);
    }

    [Fact]
    public void A_killed_owner_leaves_no_lock_behind()
    {
        var results = phantom.NewResults();
        using (var first = new ActorSegProcess(phantom.TrainArguments(results, Many)))
        {
            Await(() => Checkpoint(results) is not null);
            first.Signal(9);
            first.Wait();
        }

        var killed = Status(results);
        Assert.Equal("interrupted", (string)killed["state"]!);
        Assert.NotNull(killed["checkpoint"]);
        using var second = new ActorSegProcess(phantom.TrainArguments(results, Many));
        Await(() => second.Errors.Contains("resuming at epoch", StringComparison.Ordinal));
        second.Signal(15);
        second.Ends(75);
        Assert.Equal(2, RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, false).Owner!.Token);
    }

    // As on a file system that keeps no locks.
    [Fact]
    public void Where_nothing_can_be_locked_the_later_start_goes_on_and_the_earlier_may_not_commit()
    {
        const string NoLocks = "DOTNET_SYSTEM_IO_DISABLEFILELOCKING";
        var results = phantom.NewResults();
        using var earlier = ActorSegProcess.With(NoLocks, "1", phantom.TrainArguments(results, Many));
        Await(() => Checkpoint(results) is not null);
        using var later = ActorSegProcess.With(NoLocks, "1", phantom.TrainArguments(results, Many));
        earlier.Ends(4);
        Assert.Contains("keeps no locks", earlier.Errors);
        Assert.Contains($"process {later.Pid} on {Environment.MachineName}", earlier.Errors);
        Assert.Contains("has taken over this run", earlier.Errors);
        var reached = Checkpoint(results);
        Await(() => Checkpoint(results) != reached);
        later.Signal(15);
        later.Ends(75);
        Assert.Equal("stopped", (string)Status(results)["state"]!);
    }

    private static (int Epoch, int Iteration)? Checkpoint(string results) =>
        RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: false).Checkpoint;

    private static JsonObject Status(string results)
    {
        using var status = new ActorSegProcess("status", "--results", results, "--json").Ends(0);
        return Assert.Single(JsonNode.Parse(status.Output)!["runs"]!.AsArray())!.AsObject();
    }

    private static void Await(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, TimeSpan.FromMinutes(3)));
}
