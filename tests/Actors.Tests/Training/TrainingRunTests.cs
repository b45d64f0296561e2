using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;
using Akka.Actor;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Each kind of worker of a training is killed; the run goes on and ends with the weights it would have had.</summary>
public class TrainingRunTests() : TrainingFaultKit(TestConfig.Hocon)
{
    [Fact]
    public void an_undisturbed_run_trains_every_batch_once_in_order_and_writes_its_checkpoints()
    {
        Start();
        var end = Finished();
        Assert.Equal(Epochs, end.Epochs);
        Assert.Equal(Epochs * Iterations, Engines.Steps.Count);
        Assert.Equal(Engines.Steps.OrderBy(k => (k.Epoch, k.Index)), Engines.Steps);
        CheckEnd();
        Assert.Equal([0, 1, 2], LastWritten().History.Select(r => r.Epoch));
        Assert.Contains(Engines.Written, w => w.Kind == CheckpointKind.Best);
        Assert.Equal(Enumerable.Range(1, Epochs).Select(e => e * Iterations), Engines.Tidied);
    }

    [Fact]
    public void in_line_an_epoch_is_scored_before_the_next_one_trains_with_the_same_figures()
    {
        var trainedWhenScored = new List<int>();
        Engines.FailScore = key =>
        {
            trainedWhenScored.Add(Engines.Steps.Max(k => k.Epoch) - key.Epoch);
            return null;
        };
        Start(inline: true);
        Finished();
        CheckEnd();
        Assert.Equal(Epochs * 2, trainedWhenScored.Count);
        Assert.All(trainedWhenScored, ahead => Assert.Equal(0, ahead));
        // Its network is on the device while it scores, and not between.
        Assert.Equal((Epochs, 0), (Engines.ValidatorsMade, Engines.ValidatorsAlive));
        Assert.All(LastWritten().History, r => Assert.Equal((2.0, 0.5), (r.ValidationLoss, r.MeanForegroundDice)));
    }

    [Fact]
    public void a_dead_augmenters_batch_is_built_again_and_the_trainer_never_notices()
    {
        Engines.FailBuild = (key, attempt) => attempt == 1 && key.Index % 2 == 1 ? new InvalidOperationException("boom") : null;
        Start(augmenters: 2);
        Finished();
        Assert.Equal(1, Engines.TrainersMade);
        CheckEnd();
    }

    [Fact]
    public void a_batch_over_which_worker_after_worker_dies_stops_the_run_with_a_checkpoint_and_its_cause()
    {
        Engines.FailBuild = (key, _) => key is { Validation: false, Epoch: 1, Index: 2 } ? new AccessViolationException("boom") : null;
        Start(augmenters: 2);
        var warning = (JobWarning)FishForMessage(m => m is JobWarning);
        foreach (var told in (string[])["batch 2 of epoch 1", "case_3", "AccessViolationException", "boom", "/loader/augmenter-", "MiB resident"]) Assert.Contains(told, warning.Text);
        Assert.Contains("batch 2 of epoch 1 could not be built in 3 tries: boom", Failed().Message);
        // At the latest when the trainer asks for it; it is built ahead.
        Assert.InRange((LastWritten().Snapshot.Epoch * Iterations) + LastWritten().Snapshot.Iteration, 1, Iterations + 2);
        AwaitAssert(() => Assert.Equal(0, Engines.Alive));
    }

    [Fact]
    public void a_case_that_cannot_be_used_is_left_out_and_reported_and_the_run_goes_on()
    {
        Engines.FailCase = Damaged;
        Start(augmenters: 2);
        var warning = (RunDecision)FishForMessage(m => m is JobWarning w && w.Text.Contains("is given up"));
        Assert.True(warning.Event is CaseLeftOut { Case: "case_3", Tries: 3, Kind: "data", Batch: not null });
        foreach (var told in (string[])["case_3", "after 3 tries", "c.npz: is damaged", "augmentation of ", "batch ", "augmenter-"]) Assert.Contains(told, warning.Text);
        var lost = Assert.Single(Finished().Quarantined);
        Assert.Equal(("case_3", "train", 3, FaultKind.Data), (lost.Case.Value, lost.Stage, lost.Tries, lost.Kind));
        Assert.Contains(Engines.Logged, line => line.StartsWith("warning: case case_3 is given up"));
        Assert.Equal(1, Engines.TrainersMade);
        // The batches that would be of it are of the next.
        Assert.Equal(
            Enumerable.Range(0, Epochs).SelectMany(e => Enumerable.Range(0, Iterations).Select(i => (e + i) % 6)).Select(n => $"case_{(n == 3 ? 4 : n)}"), Engines.Seen.Select(id => id.Value));
        CheckEnd();
    }

    [Fact]
    public void a_case_that_was_left_out_stays_out_when_the_run_goes_on_though_it_is_well_again()
    {
        Engines.FailCase = Damaged;
        var run = Start(gate: key => key is { Epoch: 2, Index: 0 });
        Await(Engines.Gate!.Reached);
        run.Tell(StopStage.Instance);
        run.Tell(new Identify(1));
        FishForMessage(m => m is ActorIdentity);
        Engines.Gate.Open.Set();
        FishForMessage(m => m is StageStopped);
        Engines.FailCase = _ => null;
        Start();
        Assert.Contains("case case_3 stays out", ((JobWarning)FishForMessage(m => m is JobWarning)).Text);
        Assert.Equal("case_3", Assert.Single(Finished().Quarantined).Case.Value);
        Assert.DoesNotContain(new CaseId("case_3"), Engines.Seen);
        CheckEnd();
    }

    [Fact]
    public void a_strict_run_stops_with_a_checkpoint_at_the_first_case_that_cannot_be_used()
    {
        Engines.FailCase = Damaged;
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
        Engines.FailCase = Damaged;
        Start();
        Finished();
        Start(strict: true);
        Assert.Contains("--fresh", Assert.IsType<DataException>(Failed()).Message);
    }

    [Fact]
    public void workers_that_all_die_are_rebuilt_with_pauses_and_then_the_run_stops_with_a_checkpoint()
    {
        var dying = true;
        Engines.FailBuild = (key, _) => dying && !key.Validation && key.Epoch >= 1 ? new OutOfMemoryException("no memory") : null;
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
        AwaitCondition(() => Engines.Logged.Count(line => line.StartsWith("Time: ")) == Epochs);
        Assert.Equal(Epochs, Engines.Logged.Count(line => line.StartsWith("Time: ") && line.Contains("1 workers: 4.0 s disk, 8.0 s augmentation") && line.Contains("bottleneck: ")));
        Assert.Contains("Epoch 2", Engines.Logged);
    }

    [Fact]
    public void a_dead_trainer_is_replaced_and_goes_on_from_the_last_checkpoint()
    {
        var failures = 1;
        Engines.FailStep = key => key is { Epoch: 2, Index: 1 } && failures-- > 0 ? new InvalidOperationException("boom") : null;
        Start();
        Finished();
        Assert.Equal(2, Engines.TrainersMade);
        CheckEnd();
    }

    [Fact]
    public void a_trainer_that_always_dies_fails_the_run_when_its_tries_are_spent()
    {
        Engines.FailStep = _ => new InvalidOperationException("boom");
        Start("trainer.tries = 2");
        Assert.Equal("boom", ((StageFailed)FishForMessage(m => m is StageFailed)).Cause.Message);
        Assert.Equal(3, Engines.TrainersMade);
    }

    [Fact]
    public void what_the_user_has_to_correct_is_not_tried_again_and_fails_the_run_in_its_own_words()
    {
        Engines.FailTrainer = () => new DataException("plans", "are of another network", "plan again");
        Start();
        Assert.Equal("plans: are of another network; plan again", Assert.IsType<DataException>(((StageFailed)FishForMessage(m => m is StageFailed)).Cause).Message);
        Assert.Equal(1, Engines.TrainersMade);
    }

    [Fact]
    public void a_step_that_is_not_finite_is_skipped_and_told_with_its_cases()
    {
        Engines.FailStep = key => key is { Epoch: 1, Index: 2 } ? new NonFiniteLossException(double.NaN, 1) : null;
        Start();
        var warning = (JobWarning)FishForMessage(m => m is JobWarning);
        Assert.Contains("epoch 1, iteration 2", warning.Text);
        Assert.Contains("case", warning.Text);
        Finished();
        Assert.Equal(Expected() - FakeEngines.ValueOf(new BatchKey(1, new Fold(0), false, 1, 2)), FakeEngines.Weight(LastWritten()));
    }

    [Fact]
    public void too_many_skipped_steps_go_back_to_the_last_checkpoint_and_what_was_an_accident_is_trained_after_all()
    {
        var failures = 2;
        Engines.FailStep = key => key is { Epoch: 1, Index: >= 1 } && failures-- > 0 ? new NonFiniteLossException(double.NaN, 1) : null;
        Start(skips: new SkipLimit(2, 3));
        FishForMessage(m => m is JobWarning w && w.Text.Contains("2 of 3 steps were not finite, the last in batch 2 of epoch 1") && w.Text.Contains("back to the last checkpoint"));
        Finished();
        Assert.Equal(2, Engines.TrainersMade);
        CheckEnd();
    }

    [Fact]
    public void a_low_precision_that_diverges_again_gives_way_to_fp32_which_the_checkpoint_keeps()
    {
        Engines.FailStep = key => key is { Epoch: 1 } && Engines.Used.Last().Precision == Precision.Bf16 ? new NonFiniteLossException(double.NaN, 1) : null;
        Start(skips: new SkipLimit(2, 3), precision: Precision.Bf16);
        var decided = (RunDecision)FishForMessage(m => m is RunDecision { Event: SettingsChanged });
        Assert.Equal("precision was bf16 and is fp32", Assert.Single(((SettingsChanged)decided.Event).Changes).ToString());
        Finished();
        Assert.Equal((3, Precision.Fp32), (Engines.TrainersMade, LastWritten().Options!.Precision));
        CheckEnd();
    }

    [Fact]
    public void a_training_that_nothing_helps_stops_with_the_batch_and_keeps_its_last_checkpoint()
    {
        Engines.FailStep = key => key is { Epoch: 1 } ? new NonFiniteLossException(double.NaN, 1, "first not finite: the weight w") : null;
        Start(skips: new SkipLimit(2, 3));
        var cause = Assert.IsType<DataException>(Failed());
        foreach (var told in (string[])["batch 1 of epoch 1", "cases case_2", "first not finite: the weight w", "--learning-rate"]) Assert.Contains(told, cause.Message);
        Assert.Equal(2, Engines.TrainersMade);
        Assert.Equal((1, 0), (LastWritten().Snapshot.Epoch, LastWritten().Snapshot.Iteration));
    }

    [Fact]
    public void skipped_steps_that_are_far_apart_are_skipped_and_no_more()
    {
        Engines.FailStep = key => key.Index == 1 ? new NonFiniteLossException(double.NaN, 1) : null;
        Start(skips: new SkipLimit(2, 3));
        Finished();
        Assert.Equal(1, Engines.TrainersMade);
        Assert.Equal(Epochs * (Iterations - 1), Engines.Steps.Count);
    }

    [Fact]
    public void a_dead_validator_scores_the_same_snapshot_again()
    {
        var failures = 1;
        Engines.FailScore = key => key.Epoch == 1 && failures-- > 0 ? new InvalidOperationException("boom") : null;
        Start();
        Finished();
        Assert.All(LastWritten().History, r => Assert.Equal(0.5, r.MeanForegroundDice));
        CheckEnd();
    }

    [Fact]
    public void a_validator_that_always_dies_costs_the_figures_but_not_the_training()
    {
        Engines.FailScore = _ => new InvalidOperationException("boom");
        Start("validator.tries = 1");
        Finished();
        Assert.All(LastWritten().History, r => Assert.True(double.IsNaN(r.MeanForegroundDice)));
        CheckEnd();
    }

    private static DataException? Damaged(CaseId id) => id.Value == "case_3" ? new DataException("c.npz", "is damaged", "preprocess again") : null;
}
