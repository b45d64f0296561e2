using System.Text.Json.Nodes;
using ActorSeg.Actors.Runs;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>A training told what to do by other processes.</summary>
public class ControlTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    // More than any test waits for.
    private const int Many = 10_000;

    [Fact]
    public void A_run_is_paused_goes_on_and_is_changed_and_cancelled_by_commands_and_the_same_command_keeps_the_change()
    {
        var results = phantom.NewResults();
        using (var run = new ActorSegProcess(phantom.TrainArguments(results, Many)))
        {
            Await(() => Read(results).Checkpoint is not null);
            var paused = Tell(results, "pause");
            Assert.Equal("paused", (string)paused["state"]!);
            Assert.Equal(RunState.Paused, Await(results, r => r.State == RunState.Paused).State);

            // It holds: the place is the same, and its processor time stands still but for timers.
            var before = CpuOf(run.Pid);
            var written = Tell(results, "checkpoint");
            Assert.Equal((Place(paused), 64), (Place(written), ((string)written["weights_sha256"]!).Length));
            Assert.InRange(CpuOf(run.Pid) - before, 0, 150);

            Assert.Equal("training", (string)Tell(results, "resume")["state"]!);
            var epochs = (int)paused["epoch"]! + 40;
            var set = Tell(results, "set", "--epochs", $"{epochs}", "--learning-rate", "0.002");
            Assert.Equal(epochs, (int)set["epochs"]!);

            Assert.Equal("stopping", (string)Tell(results, "cancel")["state"]!);
            run.Ends(75);
            var stopped = Read(results);
            Assert.Equal(RunState.Stopped, stopped.State);
            Assert.Equal(epochs, stopped.Epochs);
            var events = stopped.History.Select(e => e.Event).ToList();
            Assert.Equal([typeof(RunPaused), typeof(RunContinued), typeof(SettingsChanged)], events.Where(e => e is RunPaused or RunContinued or SettingsChanged).Select(e => e!.GetType()));
            Assert.Empty(new RunFolder(PhantomFolder.FoldFolder(results)).Controls);
        }

        // The very same command, though it says another number of epochs.
        using var again = new ActorSegProcess(phantom.TrainArguments(results, Many));
        Await(() => Read(results).State == RunState.Running && Read(results).Started is { } s && s.Pid == again.Pid);
        Assert.Equal((Read(results).Epochs, 0.002), (Read(results).Started!.Epochs, Read(results).Started!.LearningRate));
        again.Signal(15);
        again.Ends(75);
    }

    [Fact]
    public void Sigterm_ends_a_paused_run_with_its_checkpoint()
    {
        var results = phantom.NewResults();
        using var run = new ActorSegProcess(phantom.TrainArguments(results, Many));
        Await(() => Read(results).Checkpoint is not null);
        var paused = Tell(results, "pause");
        run.Signal(15);
        run.Ends(75);
        Assert.Equal(Place(paused), Read(results).Checkpoint!.Value);
    }

    private static (int, int) Place(JsonNode at) => ((int)at["epoch"]!, (int)at["iteration"]!);

    private static JsonNode Tell(string results, string verb, params string[] more)
    {
        using var process = new ActorSegProcess([verb, PhantomFolder.FoldFolder(results), "--json", .. more]);
        return JsonNode.Parse(process.Ends(0).Output)!;
    }

    private static RunSummary Read(string results) => RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: true);

    private static RunSummary Await(string results, Predicate<RunSummary> holds)
    {
        Await(() => holds(Read(results)));
        return Read(results);
    }

    private static void Await(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, TimeSpan.FromMinutes(3)));

    // Hundredths of a second, of all its threads.
    private static long CpuOf(int pid)
    {
        var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ');
        return long.Parse(fields[11], System.Globalization.CultureInfo.InvariantCulture) + long.Parse(fields[12], System.Globalization.CultureInfo.InvariantCulture);
    }
}
