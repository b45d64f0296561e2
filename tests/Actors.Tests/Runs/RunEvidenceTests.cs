using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Tests.Runs;

/// <summary>What a run's files mean together: lock, owner, journal, checkpoint, each of which may be missing.</summary>
public class RunEvidenceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RunOwner Owner = new(2, "id", "host", 42, Now.AddHours(-1), "cpu", Locked: true);
    private static readonly RunStarted Started = (RunStarted)RunEventTypesTests.Samples.First()[0];
    private static readonly RunProgress Progress = new(2, Now.AddSeconds(-3), "train", 7, 50, null);

    [Fact]
    public void a_held_lock_is_a_running_run_whatever_else_is_there()
    {
        var run = Judge(held: true, events: [Started, new EpochEnded(4, 10, 0.01, 1, 1, [], 0.5, 0.5, 0, 1)]);
        Assert.Equal((RunState.Running, 42, "host"), (run.State, run.Owner!.Pid, run.Owner.Host));
        Assert.Equal((4, 7, (0, 7)), (run.LastEpoch!.Epoch, run.Progress!.Done, run.Position!.Value));
        Assert.Equal(RunState.Running, Judge(held: true, events: [], owner: null).State);
    }

    [Fact]
    public void a_run_that_began_and_has_no_end_was_interrupted_and_goes_on_at_its_checkpoint()
    {
        var run = Judge(held: false, events: [Started, new CheckpointCommitted("latest", 9, 9, "")], checkpoint: Checkpoint(3, 17));
        Assert.Equal((RunState.Interrupted, (3, 17)), (run.State, run.Checkpoint!.Value));
        Assert.Equal((null, (3, 17)), (run.Progress, run.Position!.Value));
    }

    [Fact]
    public void the_last_end_counts()
    {
        Assert.Equal(RunState.Stopped, Judge(false, [Started, new RunStopped("there")]).State);
        Assert.Equal(RunState.Interrupted, Judge(false, [Started, new RunStopped("there"), Started]).State);
        var failed = Judge(false, [Started, new RunStopped("there"), Started, new RunFailed("disk", "resource"), new Warned("late")]);
        Assert.Equal((RunState.Failed, "disk"), (failed.State, failed.Why));
        var finished = Judge(false, [Started, new RunFinished(10, new Dictionary<string, double>(), 0.8)]);
        Assert.Equal((RunState.Finished, 0.8), (finished.State, finished.Result!.MeanDice));
    }

    [Fact]
    public void without_a_journal_a_final_checkpoint_is_a_finished_training_and_an_owner_an_interrupted_one()
    {
        Assert.Equal(RunState.Finished, Judge(false, [], checkpoint: Checkpoint(10, 0), isFinal: true).State);
        Assert.Equal(RunState.Interrupted, Judge(false, [], checkpoint: Checkpoint(3, 0)).State);
        Assert.Equal(RunState.Unknown, Judge(false, [], owner: null, checkpoint: Checkpoint(3, 0)).State);
    }

    [Fact]
    public void the_checkpoints_curves_are_believed_where_the_journal_is_behind()
    {
        var run = Judge(false, [Started, new EpochEnded(0, 10, 0.01, 1, 1, [], 0.1, 0.1, 0, 1)], checkpoint: Checkpoint(3, 0));
        Assert.Equal((2, 0.5), (run.LastEpoch!.Epoch, run.LastEpoch.MeanDice));
    }

    [Fact]
    public void where_nothing_can_be_locked_an_owner_lives_as_long_as_it_is_heard_of()
    {
        var unlocked = Owner with { Locked = false };
        Assert.Equal(RunState.Running, Judge(false, [Started], unlocked).State);
        Assert.Equal(RunState.Interrupted, Judge(false, [Started], unlocked, progress: Progress with { At = Now.AddMinutes(-10) }).State);
        Assert.Equal(RunState.Finished, Judge(false, [Started, new RunFinished(1, new Dictionary<string, double>(), 0)], unlocked).State);
    }

    [Fact]
    public void progress_of_an_earlier_owner_is_not_this_ones() =>
        Assert.Null(Judge(true, [Started], progress: Progress with { Owner = 1 }).Progress);

    [Theory]
    [InlineData("/r/Dataset004_X/nnUNetTrainer__nnUNetPlans__3d_fullres/fold_all", "all")]
    [InlineData("/r/Dataset004_X/nnUNetTrainer__nnUNetPlans/fold_0", null)]
    [InlineData("/r/Dataset004_X/a__b__c/crossval", null)]
    public void a_run_is_named_by_its_path(string folder, string? fold) => Assert.Equal(fold, RunName.Of(folder)?.Fold);

    private static CheckpointHeader Checkpoint(int epoch, int iteration) => new(
        "nnUNetTrainer", "3d_fullres", new Fold(0), [], [], epoch, iteration,
        [.. Enumerable.Range(0, epoch).Select(e => new EpochRecord(e, 0.01, 1, 1, [0.5], 0.5, 0.5, 0, 1))], 0.01, null);

    private static RunSummary Judge(
        bool held, RunEvent[] events, RunOwner? owner, RunProgress? progress = null, CheckpointHeader? checkpoint = null, bool isFinal = false)
    {
        var recorded = events.Select((e, n) => new Recorded(Now.AddMinutes(n - 60), 2, n, e, RunEventTypes.NameOf(e)));
        return new RunEvidence("/results/fold_0", held, owner, progress ?? Progress, new JournalContent([.. recorded], null), checkpoint, isFinal).Judge(Now);
    }

    private static RunSummary Judge(bool held, RunEvent[] events, RunProgress? progress = null, CheckpointHeader? checkpoint = null, bool isFinal = false) =>
        Judge(held, events, Owner, progress, checkpoint, isFinal);
}
