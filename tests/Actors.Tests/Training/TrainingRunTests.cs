using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Training;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Each kind of worker of a training is killed; the run goes on and ends with the weights it would have had.</summary>
public class TrainingRunTests : TestKit
{
    private const int Epochs = 3, Iterations = 4;

    private readonly FakeEngines _engines = new();

    public TrainingRunTests() : base(TestConfig.Hocon) => Sys.ActorOf(BatchReaper.Props());

    private static float Expected => Enumerable.Range(0, Epochs).SelectMany(e => Enumerable.Range(0, Iterations).Select(i => FakeEngines.ValueOf(new BatchKey(1, new Fold(0), false, e, i)))).Sum();

    [Fact]
    public void an_undisturbed_run_trains_every_batch_once_in_order_and_writes_its_checkpoints()
    {
        Start();
        var end = Finished();
        Assert.Equal(Epochs, end.Epochs);
        Assert.Equal(Epochs * Iterations, _engines.Steps.Count);
        Assert.Equal(_engines.Steps.OrderBy(k => (k.Epoch, k.Index)), _engines.Steps);
        CheckEnd();
        Assert.Equal([0, 1, 2], LastWritten().History.Select(r => r.Epoch));
        Assert.Contains(_engines.Written, w => w.Kind == CheckpointKind.Best);
    }

    [Fact]
    public void a_dead_augmenters_batch_is_built_again_and_the_trainer_never_notices()
    {
        _engines.FailBuild = (key, attempt) => attempt == 1 && key.Index % 2 == 1 ? new InvalidOperationException("boom") : null;
        Start(augmenters: 2);
        Finished();
        Assert.Equal(1, _engines.TrainersMade);
        CheckEnd();
    }

    [Fact]
    public void a_batch_that_cannot_be_built_stops_the_run_with_a_checkpoint_and_its_cause()
    {
        _engines.FailBuild = (key, _) => key is { Validation: false, Epoch: 1, Index: 2 } ? new SampleException(new CaseId("hippocampus_007"), key, new IOException("damaged")) : null;
        Start();
        var cause = ((StageFailed)FishForMessage(m => m is StageFailed)).Cause;
        Assert.Contains("hippocampus_007", cause.Message);
        Assert.Contains("batch 2 of epoch 1", cause.Message);
        Assert.Equal((1, 2), (LastWritten().Snapshot.Epoch, LastWritten().Snapshot.Iteration));
    }

    [Fact]
    public void a_dead_trainer_is_replaced_and_goes_on_from_the_last_checkpoint()
    {
        var failures = 1;
        _engines.FailStep = key => key is { Epoch: 2, Index: 1 } && failures-- > 0 ? new InvalidOperationException("boom") : null;
        Start();
        Finished();
        Assert.Equal(2, _engines.TrainersMade);
        CheckEnd();
    }

    [Fact]
    public void a_trainer_that_always_dies_fails_the_run_when_its_tries_are_spent()
    {
        _engines.FailStep = _ => new InvalidOperationException("boom");
        Start("trainer.tries = 2");
        Assert.Equal("boom", ((StageFailed)FishForMessage(m => m is StageFailed)).Cause.Message);
        Assert.Equal(3, _engines.TrainersMade);
    }

    [Fact]
    public void a_step_that_is_not_finite_is_skipped_and_told_with_its_cases()
    {
        _engines.FailStep = key => key is { Epoch: 1, Index: 2 } ? new NonFiniteLossException(double.NaN, 1) : null;
        Start();
        var warning = (JobWarning)FishForMessage(m => m is JobWarning);
        Assert.Contains("epoch 1, iteration 2", warning.Text);
        Assert.Contains("case", warning.Text);
        Finished();
        Assert.Equal(Expected - FakeEngines.ValueOf(new BatchKey(1, new Fold(0), false, 1, 2)), FakeEngines.Weight(LastWritten()));
    }

    [Fact]
    public void a_dead_validator_scores_the_same_snapshot_again()
    {
        var failures = 1;
        _engines.FailScore = key => key.Epoch == 1 && failures-- > 0 ? new InvalidOperationException("boom") : null;
        Start();
        Finished();
        Assert.All(LastWritten().History, r => Assert.Equal(0.5, r.MeanForegroundDice));
        CheckEnd();
    }

    [Fact]
    public void a_validator_that_always_dies_costs_the_figures_but_not_the_training()
    {
        _engines.FailScore = _ => new InvalidOperationException("boom");
        Start("validator.tries = 1");
        Finished();
        Assert.All(LastWritten().History, r => Assert.True(double.IsNaN(r.MeanForegroundDice)));
        CheckEnd();
    }

    [Fact]
    public void a_checkpoint_that_cannot_be_written_is_tried_again_while_training_goes_on()
    {
        var failures = 2;
        _engines.FailWrite = kind => kind == CheckpointKind.Latest && failures-- > 0 ? new IOException("disk full") : null;
        Start("");
        Assert.Contains("disk full", ((JobWarning)FishForMessage(m => m is JobWarning)).Text);
        Finished();
        CheckEnd();
    }

    [Fact]
    public void the_loader_and_the_checkpoint_writer_can_be_killed_too()
    {
        // Both are killed from outside while the second epoch trains: Kill makes the actor throw.
        var run = Start(gate: key => key is { Epoch: 1, Index: 1 });
        _engines.Gate!.Reached.Wait();
        foreach (var name in (string[])["loader", "checkpoints", "validator"]) Sys.ActorSelection(run.Path / name).Tell(Kill.Instance);
        for (var n = 0; n < 3; n++) FishForMessage(m => m is JobWarning w && w.Text.Contains("is replaced"));
        _engines.Gate.Open.Set();
        Finished();
        CheckEnd();
        Assert.Equal(1, _engines.TrainersMade);
    }

    [Fact]
    public void a_run_that_was_stopped_goes_on_where_it_stopped_and_ends_with_the_same_weights()
    {
        var run = Start(gate: key => key is { Epoch: 1, Index: 1 });
        _engines.Gate!.Reached.Wait();
        run.Tell(StopStage.Instance);
        // The run answers in order: once it has, it knows of the stop, and the step under way is the last it asks for.
        run.Tell(new Identify(1));
        FishForMessage(m => m is ActorIdentity);
        _engines.Gate.Open.Set();
        FishForMessage(m => m is StageStopped);
        var stopped = LastWritten().Snapshot;
        Assert.Equal(1, stopped.Epoch);
        Assert.InRange(stopped.Iteration, 2, Iterations - 1);
        Start();
        FishForMessage(m => m is TrainingResumed r && (r.Epoch, r.Iteration) == (stopped.Epoch, stopped.Iteration));
        Finished();
        CheckEnd();
    }

    [Fact]
    public void a_run_stopped_while_its_last_epoch_is_scored_ends_with_a_final_checkpoint_when_repeated()
    {
        var (reached, open) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        _engines.FailScore = key =>
        {
            if (key.Epoch < Epochs - 1) return null;
            reached.Set();
            open.Wait();
            return null;
        };
        var run = Start();
        reached.Wait();
        run.Tell(StopStage.Instance);
        FishForMessage(m => m is StageStopped);
        open.Set();
        Start();
        Finished();
        Assert.Equal(CheckpointKind.Final, _engines.Written.Last().Kind);
        CheckEnd();
    }

    [Fact]
    public void unreadable_checkpoints_are_told_one_by_one_and_nothing_starts_afresh()
    {
        _engines.Refused.Add("checkpoint_latest.pth: the zip is truncated");
        Start();
        Assert.Contains("truncated", ((JobWarning)FishForMessage(m => m is JobWarning)).Text);
        Assert.Contains("--fresh", ((StageFailed)FishForMessage(m => m is StageFailed)).Cause.Message);
        Assert.Empty(_engines.Steps);
    }

    private IActorRef Start(string supervision = "", int augmenters = 1, Func<BatchKey, bool>? gate = null)
    {
        if (gate is not null) _engines.Gate = new FakeGate(gate);
        var options = new TrainingOptions { BatchSize = 2, Epochs = Epochs, IterationsPerEpoch = Iterations, ValidationIterations = 2, Seed = 1 };
        var plan = new TrainingPlan("test", "folder", new Fold(0), options, augmenters, Prefetch: 3, TimeSpan.FromHours(1), Tries: 3);
        var quick = string.Join('\n', SupervisionTable.Names.Select(name => $"{name}.backoff = 1ms"));
        var rules = SupervisionTable.From(ConfigurationFactory.ParseString($"actorseg.supervision {{\n{quick}\n{supervision}\n}}"));
        return Sys.ActorOf(TrainingRun.Props(plan, _engines, TestActor, rules, TimeProvider.System));
    }

    private TrainResult Finished() => (TrainResult)((StageFinished)FishForMessage(m => m is StageFinished or StageFailed)).Result;

    private RunCheckpoint LastWritten() => _engines.Written.Last(w => w.Kind != CheckpointKind.Best).Checkpoint;

    private void CheckEnd()
    {
        Assert.Equal(Expected, FakeEngines.Weight(LastWritten()));
        // Whatever was built is disposed: by its receiver, by a loader that stops, or as a dead letter.
        AwaitAssert(() => Assert.Equal(0, _engines.Alive));
    }
}
