using System.Text.Json;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>What a run's history says of whole trainings: begun, repeated, extended, begun anew, refused.</summary>
public class RunHistoryTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public async Task A_whole_run_is_told_from_its_start_to_its_Dice()
    {
        var results = phantom.NewResults();
        await phantom.TrainHere(results);
        var run = Read(results);
        Assert.Equal((RunState.Finished, (3, 0)), (run.State, run.Checkpoint!.Value));
        var events = run.History.Select(e => e.Event).ToArray();
        Assert.Equal((3, "cpu", Environment.ProcessId), events[0] is RunStarted s ? (s.Epochs, s.Device, s.Pid) : default);
        Assert.Equal([0, 1, 2], events.OfType<EpochEnded>().Select(e => e.Epoch));
        Assert.IsType<RunFinished>(events[^1]);
        Assert.Single(events.OfType<TrainingEnded>());
        var final = events.OfType<CheckpointCommitted>().Single(e => e.Kind == "final");
        Assert.Equal(CheckpointFile.Describe(PhantomFolder.Final(results)).WeightsSha256, final.WeightsSha256);
        var debug = JsonNode.Parse(File.ReadAllText(Path.Combine(PhantomFolder.FoldFolder(results), "debug.json")))!.AsObject();
        Assert.Equal(("3", "2", "3d_fullres", "cpu", "0"), ((string)debug["num_epochs"]!, (string)debug["batch_size"]!, (string)debug["configuration_name"]!, (string)debug["device"]!, (string)debug["current_epoch"]!));
        Assert.All(debug, entry => Assert.Equal(JsonValueKind.String, entry.Value!.GetValueKind()));
        Assert.DoesNotContain(run.History, e => e.Event!.Fields().ToJsonString().Contains(results, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_finished_run_goes_on_for_more_epochs_and_says_so()
    {
        var results = phantom.NewResults();
        await phantom.TrainHere(results, epochs: 2);
        var told = await phantom.TrainHere(results, epochs: 4, learningRate: 0.005);
        Assert.Contains(told, e => e is RunDecision d && d.Text.Contains("epochs was 2 and is 4; learning rate was 0.01 and is 0.005", StringComparison.Ordinal));
        Assert.Contains(told, e => e is TrainingResumed { Epoch: 2, Iteration: 0 });

        var events = Read(results).History.Select(e => e.Event).ToArray();
        Assert.Equal([0, 1, 2, 3], events.OfType<EpochEnded>().Select(e => e.Epoch));
        Assert.Equal("checkpoint_final.pth", events.OfType<RunResumed>().Single().File);
        Assert.Equal(2, events.OfType<SettingsChanged>().Single().Changes.Count);
        var history = CheckpointFile.Read(PhantomFolder.Final(results)).History;
        double[] rates = [LearningRateSchedule.Default.At(0, 2, 0.01), LearningRateSchedule.Default.At(1, 2, 0.01), LearningRateSchedule.Default.At(2, 4, 0.005), LearningRateSchedule.Default.At(3, 4, 0.005)];
        Assert.Equal(rates, history.Select(e => e.LearningRate));
    }

    [Fact]
    public async Task Asked_to_start_anew_it_does_and_keeps_the_history_of_what_is_gone()
    {
        var results = phantom.NewResults();
        await phantom.TrainHere(results, epochs: 1);
        var told = await phantom.TrainHere(results, epochs: 1, fresh: true);
        Assert.DoesNotContain(told, e => e is TrainingResumed);
        var events = Read(results).History.Select(e => e.Event).ToArray();
        Assert.Equal([false, true], events.OfType<RunStarted>().Select(e => e.Fresh));
        Assert.Equal([0, 0], events.OfType<EpochEnded>().Select(e => e.Epoch));
        Assert.Equal(2, Read(results).Owner!.Token);
    }

    [Fact]
    public async Task Changed_plans_are_refused_with_the_difference_and_nothing_of_the_run_is_touched()
    {
        var (results, preprocessed) = (phantom.NewResults(), phantom.NewPreprocessed());
        var (there, here) = (Path.Combine(phantom.Preprocessed, PhantomFolder.Dataset), Path.Combine(preprocessed, PhantomFolder.Dataset));
        foreach (var folder in Directory.GetDirectories(there)) Directory.CreateSymbolicLink(Path.Combine(here, Path.GetFileName(folder)), folder);
        await phantom.TrainHere(results, epochs: 1, preprocessed: preprocessed);
        var (model, history) = (Path.Combine(Path.GetDirectoryName(PhantomFolder.FoldFolder(results))!, "plans.json"), Read(results).History.Count);
        var before = (File.ReadAllText(model), File.ReadAllBytes(PhantomFolder.Final(results)));

        var plans = Path.Combine(preprocessed, PhantomFolder.Dataset, "nnUNetPlans.json");
        File.WriteAllText(plans, File.ReadAllText(plans).Replace("\"batch_dice\": false", "\"batch_dice\": true", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<DataException>(() => phantom.TrainHere(results, epochs: 2, preprocessed: preprocessed));
        Assert.Contains("configurations.3d_fullres.batch_dice was false and is true", error.Message);
        Assert.Equal(before.Item1, File.ReadAllText(model));
        Assert.Equal(before.Item2, File.ReadAllBytes(PhantomFolder.Final(results)));
        Assert.Equal((RunState.Finished, history), (Read(results).State, Read(results).History.Count));
    }

    private static RunSummary Read(string results) => RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: true);
}
