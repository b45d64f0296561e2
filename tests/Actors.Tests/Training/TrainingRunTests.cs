using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
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
    public void in_line_an_epoch_is_scored_before_the_next_one_trains_with_the_same_figures()
    {
        var trainedWhenScored = new List<int>();
        _engines.FailScore = key =>
        {
            trainedWhenScored.Add(_engines.Steps.Max(k => k.Epoch) - key.Epoch);
            return null;
        };
        Start(inline: true);
        Finished();
        CheckEnd();
        Assert.Equal(Epochs * 2, trainedWhenScored.Count);
        Assert.All(trainedWhenScored, ahead => Assert.Equal(0, ahead));
        // Its network is on the device while it scores, and not between.
        Assert.Equal((Epochs, 0), (_engines.ValidatorsMade, _engines.ValidatorsAlive));
        Assert.All(LastWritten().History, r => Assert.Equal((2.0, 0.5), (r.ValidationLoss, r.MeanForegroundDice)));
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
    public void a_batch_over_which_worker_after_worker_dies_stops_the_run_with_a_checkpoint_and_its_cause()
    {
        _engines.FailBuild = (key, _) => key is { Validation: false, Epoch: 1, Index: 2 } ? new AccessViolationException("boom") : null;
        Start(augmenters: 2);
        var warning = (JobWarning)FishForMessage(m => m is JobWarning);
        foreach (var told in (string[])["batch 2 of epoch 1", "case_3", "AccessViolationException", "boom", "/loader/augmenter-", "MiB resident"]) Assert.Contains(told, warning.Text);
        Assert.Contains("batch 2 of epoch 1 could not be built in 3 tries: boom", Failed().Message);
        // At the latest when the trainer asks for it; it is built ahead.
        Assert.InRange((LastWritten().Snapshot.Epoch * Iterations) + LastWritten().Snapshot.Iteration, 1, Iterations + 2);
        AwaitAssert(() => Assert.Equal(0, _engines.Alive));
    }

    [Fact]
    public void a_case_that_cannot_be_used_is_left_out_and_reported_and_the_run_goes_on()
    {
        _engines.FailCase = Damaged;
        Start(augmenters: 2);
        var warning = (RunDecision)FishForMessage(m => m is JobWarning w && w.Text.Contains("is given up"));
        Assert.True(warning.Event is CaseLeftOut { Case: "case_3", Tries: 3, Kind: "data", Batch: not null });
        foreach (var told in (string[])["case_3", "after 3 tries", "c.npz: is damaged", "augmentation of ", "batch ", "augmenter-"]) Assert.Contains(told, warning.Text);
        var lost = Assert.Single(Finished().Quarantined);
        Assert.Equal(("case_3", "train", 3, FaultKind.Data), (lost.Case.Value, lost.Stage, lost.Tries, lost.Kind));
        Assert.Contains(_engines.Logged, line => line.StartsWith("warning: case case_3 is given up"));
        Assert.Equal(1, _engines.TrainersMade);
        // The batches that would be of it are of the next.
        Assert.Equal(
            Enumerable.Range(0, Epochs).SelectMany(e => Enumerable.Range(0, Iterations).Select(i => (e + i) % 6)).Select(n => $"case_{(n == 3 ? 4 : n)}"), _engines.Seen.Select(id => id.Value));
        CheckEnd();
    }

    [Fact]
    public void a_case_that_was_left_out_stays_out_when_the_run_goes_on_though_it_is_well_again()
    {
        _engines.FailCase = Damaged;
        var run = Start(gate: key => key is { Epoch: 2, Index: 0 });
        _engines.Gate!.Reached.Wait();
        run.Tell(StopStage.Instance);
        run.Tell(new Identify(1));
        FishForMessage(m => m is ActorIdentity);
        _engines.Gate.Open.Set();
        FishForMessage(m => m is StageStopped);
        _engines.FailCase = _ => null;
        Start();
        Assert.Contains("case case_3 stays out", ((JobWarning)FishForMessage(m => m is JobWarning)).Text);
        Assert.Equal("case_3", Assert.Single(Finished().Quarantined).Case.Value);
        Assert.DoesNotContain(new CaseId("case_3"), _engines.Seen);
        CheckEnd();
    }

    [Fact]
    public void a_strict_run_stops_with_a_checkpoint_at_the_first_case_that_cannot_be_used()
    {
        _engines.FailCase = Damaged;
        Start(strict: true);
        var cause = Assert.IsType<DataException>(Failed());
        Assert.Equal("c.npz", cause.File);
        foreach (var told in (string[])["case_3", "could not be built in 3 tries", "is damaged", "actorseg.train.strict"]) Assert.Contains(told, cause.Message);
        Assert.InRange((LastWritten().Snapshot.Epoch * Iterations) + LastWritten().Snapshot.Iteration, 0, 3);
        Assert.Empty(LastWritten().Lost);
    }

    [Fact]
    public void a_strict_run_does_not_go_on_from_one_that_left_cases_out()
    {
        _engines.FailCase = Damaged;
        Start();
        Finished();
        Start(strict: true);
        Assert.Contains("--fresh", Assert.IsType<DataException>(Failed()).Message);
    }

    [Fact]
    public void workers_that_all_die_are_rebuilt_with_pauses_and_then_the_run_stops_with_a_checkpoint()
    {
        var dying = true;
        _engines.FailBuild = (key, _) => dying && !key.Validation && key.Epoch >= 1 ? new OutOfMemoryException("no memory") : null;
        Start("all-augmenters.tries = 2", augmenters: 2);
        FishForMessage(m => m is JobWarning w && w.Text.Contains("all workers begin again"));
        Assert.Contains("not enough memory", Assert.IsType<ResourceException>(Failed()).Message);
        Assert.Equal((1, 0), (LastWritten().Snapshot.Epoch, LastWritten().Snapshot.Iteration));
        dying = false;
        Start();
        Finished();
        CheckEnd();
    }

    [Fact]
    public void every_epoch_tells_where_its_time_went_and_the_log_keeps_it()
    {
        Start();
        var costs = new List<EpochCost>();
        FishForMessage(m =>
        {
            if (m is TrainingEpochEnded ended) costs.Add(ended.Cost);
            return m is StageFinished;
        });
        Assert.Equal(Epochs, costs.Count);
        Assert.All(costs, cost =>
        {
            Assert.Equal((Iterations, 4.0, 8.0, 1.0), (cost.Batches, cost.Read, cost.Augment, cost.Workers));
            Assert.True(cost.Compute > 0 && cost.Wait > 0);
        });
        // What was to be logged is on disk before the run is gone, but perhaps not before its end is told.
        AwaitCondition(() => _engines.Logged.Count(line => line.StartsWith("Time: ")) == Epochs);
        Assert.Equal(Epochs, _engines.Logged.Count(line => line.StartsWith("Time: ") && line.Contains("1 workers: 4.0 s disk, 8.0 s augmentation") && line.Contains("bottleneck: ")));
        Assert.Contains("Epoch 2", _engines.Logged);
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
    public void too_many_skipped_steps_go_back_to_the_last_checkpoint_and_what_was_an_accident_is_trained_after_all()
    {
        var failures = 2;
        _engines.FailStep = key => key is { Epoch: 1, Index: >= 1 } && failures-- > 0 ? new NonFiniteLossException(double.NaN, 1) : null;
        Start(skips: new SkipLimit(2, 3));
        FishForMessage(m => m is JobWarning w && w.Text.Contains("2 of 3 steps were not finite, the last in batch 2 of epoch 1") && w.Text.Contains("back to the last checkpoint"));
        Finished();
        Assert.Equal(2, _engines.TrainersMade);
        CheckEnd();
    }

    [Fact]
    public void a_low_precision_that_diverges_again_gives_way_to_fp32_which_the_checkpoint_keeps()
    {
        _engines.FailStep = key => key is { Epoch: 1 } && _engines.Used.Last().Precision == Precision.Bf16 ? new NonFiniteLossException(double.NaN, 1) : null;
        Start(skips: new SkipLimit(2, 3), precision: Precision.Bf16);
        var decided = (RunDecision)FishForMessage(m => m is RunDecision { Event: SettingsChanged });
        Assert.Equal("precision was bf16 and is fp32", Assert.Single(((SettingsChanged)decided.Event).Changes).ToString());
        Finished();
        Assert.Equal((3, Precision.Fp32), (_engines.TrainersMade, LastWritten().Options!.Precision));
        CheckEnd();
    }

    [Fact]
    public void a_training_that_nothing_helps_stops_with_the_batch_and_keeps_its_last_checkpoint()
    {
        _engines.FailStep = key => key is { Epoch: 1 } ? new NonFiniteLossException(double.NaN, 1, "first not finite: the weight w") : null;
        Start(skips: new SkipLimit(2, 3));
        var cause = Assert.IsType<DataException>(Failed());
        foreach (var told in (string[])["batch 1 of epoch 1", "cases case_2", "first not finite: the weight w", "--learning-rate"]) Assert.Contains(told, cause.Message);
        Assert.Equal(2, _engines.TrainersMade);
        Assert.Equal((1, 0), (LastWritten().Snapshot.Epoch, LastWritten().Snapshot.Iteration));
    }

    [Fact]
    public void skipped_steps_that_are_far_apart_are_skipped_and_no_more()
    {
        _engines.FailStep = key => key.Index == 1 ? new NonFiniteLossException(double.NaN, 1) : null;
        Start(skips: new SkipLimit(2, 3));
        Finished();
        Assert.Equal(1, _engines.TrainersMade);
        Assert.Equal(Epochs * (Iterations - 1), _engines.Steps.Count);
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
    public void the_best_checkpoint_of_the_last_epoch_is_on_disk_before_the_run_ends()
    {
        using var open = new ManualResetEventSlim();
        var dice = 0.0;
        _engines.Dice = () => dice += 0.1;
        _engines.FailWrite = kind =>
        {
            if (kind == CheckpointKind.Best && _engines.Written.Any(w => w.Kind == CheckpointKind.Final)) open.Wait();
            return null;
        };
        var run = Start();
        AwaitCondition(() => _engines.Written.Any(w => w.Kind == CheckpointKind.Final));
        FishForMessage(m => m is RunNews { Event: CheckpointCommitted { Kind: "final" } });
        run.Tell(new Identify(1));
        Assert.IsType<ActorIdentity>(FishForMessage(m => m is ActorIdentity or StageFinished));
        open.Set();
        Finished();
        Assert.Equal(CheckpointKind.Best, _engines.Written.Last().Kind);
    }

    [Fact]
    public void a_best_checkpoint_that_cannot_be_written_does_not_hold_up_the_end()
    {
        _engines.FailWrite = kind => kind == CheckpointKind.Best ? new IOException("disk full") : null;
        Start();
        Finished();
        Assert.Equal(CheckpointKind.Final, _engines.Written.Last().Kind);
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

    private static DataException? Damaged(CaseId id) => id.Value == "case_3" ? new DataException("c.npz", "is damaged", "preprocess again") : null;

    private Exception Failed() => ((StageFailed)FishForMessage(m => m is StageFailed or StageFinished)).Cause;

    private IActorRef Start(string supervision = "", int augmenters = 1, Func<BatchKey, bool>? gate = null, bool strict = false, bool inline = false, SkipLimit? skips = null,
        Precision precision = Precision.Fp32)
    {
        if (gate is not null) _engines.Gate = new FakeGate(gate);
        var options = new TrainingOptions { BatchSize = 2, Epochs = Epochs, IterationsPerEpoch = Iterations, ValidationIterations = 2, Seed = 1, Precision = precision };
        var loading = new LoadingPlan(augmenters, augmenters, Prefetch: 3, Buffer: 1000, TimeSpan.FromMinutes(10), strict);
        var plan = new TrainingPlan("test", "folder", new Fold(0), options, loading, TimeSpan.FromHours(1))
        {
            Run = RunSettings.Default with { InlineValidation = inline, Skips = skips ?? RunSettings.Default.Skips },
        };
        var quick = string.Join('\n', SupervisionTable.Names.Select(name => $"{name}.backoff = 1ms"));
        var rules = SupervisionTable.From(ConfigurationFactory.ParseString($"actorseg.supervision {{\n{quick}\n{supervision}\n}}"));
        return Sys.ActorOf(TrainingRun.Props(plan, _engines, TestActor, Sys.ActorOf(RamBudget.Props(new MemoryBudget(1000, 1000))), rules, TimeProvider.System));
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
