using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Prediction;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Plugins;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>What a fold's folder says of a training that is over.</summary>
[NoTensorLeak]
public sealed class FinishedTrainingTests(PhantomTraining phantom) : IClassFixture<PhantomTraining>
{
    [Fact]
    public void a_training_is_over_once_its_last_epoch_is_trained_and_its_validation_scored()
    {
        var setup = phantom.Setup();
        Assert.IsType<UnfinishedTraining>(Find(setup));
        Assert.Contains("without --val", Assert.Throws<DataException>(() => FinishedTraining.Require(setup)).Message);
        Write(setup, CheckpointKind.Latest, epoch: 1);
        Assert.IsType<UnfinishedTraining>(Find(setup));
        Write(setup, CheckpointKind.Final, epoch: 2);
        Assert.IsType<UnfinishedTraining>(Find(setup));

        Directory.CreateDirectory(ValidationWork.FolderOf(setup));
        File.WriteAllText(Path.Combine(ValidationWork.FolderOf(setup), "summary.json"), """{"mean": {"1": {"Dice": 0.5}, "2": {"Dice": NaN}}, "foreground_mean": {"Dice": 0.25}}""");
        var found = Assert.IsType<TrainResult>(Find(setup));
        Assert.Equal((setup.FoldFolder, 0.25), (found.Folder, found.MeanDice));
        Assert.Equal([0.5, double.NaN], found.ValidationDice.Values);
        // What a training did without is told by whoever asks later, too.
        foreach (var result in (TrainResult[])[found, FinishedTraining.Require(setup)])
            Assert.Equal(("phantom_001", "train", "is damaged"), Assert.Single(result.Quarantined) is var lost ? (lost.Case.Value, lost.Stage, lost.Cause) : default);

        Assert.IsType<UnfinishedTraining>(FinishedTraining.Find(setup.Job with { Options = setup.Job.Options with { Epochs = 3 } }, PluginSet.None));
        Assert.IsType<UnfinishedTraining>(FinishedTraining.Find(setup.Job with { Probabilities = true }, PluginSet.None));
    }

    private static JobResult Find(TrainingSetup setup) => FinishedTraining.Find(setup.Job, PluginSet.None);

    private static void Write(TrainingSetup setup, CheckpointKind kind, int epoch)
    {
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        using var session = new TrainingSession(setup.Configuration, setup.Dataset.Labels, setup.InputChannels, setup.Options, "cpu");
        new FileCheckpointStore(setup, claim) { StateNames = session.Network.StateNames }.Write(
            kind, new RunCheckpoint(session.Snapshot(epoch, 0, []), [], null) { Lost = [new LostCase(new CaseId("phantom_001"), 3, "is damaged")] });
    }
}
