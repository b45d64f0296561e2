using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using Akka.TestKit;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Each stage of a training hangs, in a call that does not come back: it is told with path and work, and replaced where there can be another.</summary>
public sealed class HangingStageTests() : TrainingKit(TestConfig.VirtualTime)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly ManualResetEventSlim _reached = new(), _released = new();

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Theory, InlineData(false), InlineData(true)]
    public void a_hanging_validator_is_left_behind_and_another_scores_the_same_snapshot(bool takesTurns)
    {
        var first = true;
        Engines.FailScore = key => key.Epoch == 1 && first ? HangOnce(ref first) : null;
        Start(takesTurns: takesTurns);
        Await(_reached);
        var told = TellTimeUntil("validator failed");
        Assert.Matches("/user/.*/validator hangs: validation batch 0 of epoch 1 has taken .* s, and 60.0 s is the limit", told.Text);
        Assert.Equal("validator", Assert.IsType<WorkerReplaced>(told.Event).Worker);
        Finished();
        Assert.All(LastWritten().History, r => Assert.Equal(0.5, r.MeanForegroundDice));
        CheckEnd();
        // When it comes back after all it says nothing that counts, and ends.
        _released.Set();
        AwaitAssert(() => Assert.Equal(0, Engines.Alive));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void a_validator_that_always_hangs_costs_the_figures_but_not_the_training(bool takesTurns)
    {
        Engines.FailScore = _ => Hang();
        Start("validator.tries = 0", takesTurns);
        Await(_reached);
        Tick(() => Engines.Written.Any(w => w.Kind == CheckpointKind.Final));
        Finished();
        Assert.All(LastWritten().History, r => Assert.True(double.IsNaN(r.MeanForegroundDice)));
        Assert.Equal(Expected(), FakeEngines.Weight(LastWritten()));
        _released.Set();
    }

    [Fact]
    public void a_hanging_checkpoint_writer_is_left_behind_and_may_take_no_name_when_its_disk_comes_back()
    {
        var first = true;
        Engines.FailWrite = kind => kind == CheckpointKind.Latest && first ? HangOnce(ref first) : null;
        Start();
        Await(_reached);
        Assert.Matches("/user/.*/checkpoints hangs: writing the latest checkpoint of epoch 1, iteration 0 has taken", TellTimeUntil("checkpoints failed").Text);
        Finished();
        CheckEnd();
        var written = Engines.Written.Count;
        _released.Set();
        AwaitAssert(() => Assert.Equal(1, Engines.Abandoned));
        Assert.Equal(written, Engines.Written.Count);
    }

    [Fact]
    public void a_trainer_that_hangs_ends_the_run_from_its_last_checkpoint_and_it_goes_on_from_there()
    {
        var first = true;
        Engines.FailStep = key => key is { Epoch: 1, Index: 2 } && first ? HangOnce(ref first) : null;
        Start();
        Await(_reached);
        FishForMessage(m => m is TrainingEpochEnded { Record.Epoch: 0 });
        AwaitAssert(() => Assert.Contains(Engines.Written, w => w.Kind == CheckpointKind.Latest));
        var end = (StageFailed)Tick(m => m is StageFailed);
        Assert.Matches("/user/.*/trainer hangs: iteration 2 of epoch 1 has taken .*process ends", Assert.IsType<StalledException>(end.Cause).Message);
        _released.Set();
        Engines.FailStep = _ => null;
        Start();
        Finished();
        CheckEnd();
    }

    [Fact]
    public void a_folder_that_hangs_when_it_is_looked_for_checkpoints_ends_the_run_too()
    {
        Engines.FailFind = Hang;
        Start();
        Await(_reached);
        Assert.Contains("looking for the newest checkpoint has taken", Assert.IsType<StalledException>(((StageFailed)Tick(m => m is StageFailed)).Cause).Message);
        _released.Set();
    }

    [Fact]
    public void a_stage_that_waits_for_another_does_not_hang()
    {
        // The trainer waits for a batch that one worker builds, and the validator for the next epoch.
        Engines.FailBuild = (key, _) => key is { Validation: false, Epoch: 1, Index: 1 } ? Hang() : null;
        Start();
        Await(_reached);
        FishForMessage(m => m is TrainingEpochEnded { Record.Epoch: 0 });
        for (var n = 0; n < 60; n++) Clock.Advance(Limit);
        Engines.FailBuild = (_, _) => null;
        _released.Set();
        Finished();
        CheckEnd();
    }

    // A test that fails leaves no thread behind.
    /// <inheritdoc/>
    protected override void AfterAll()
    {
        _released.Set();
        base.AfterAll();
    }

    private Exception? HangOnce(ref bool first)
    {
        first = false;
        return Hang();
    }

    private Exception? Hang()
    {
        _reached.Set();
        _released.Wait();
        return null;
    }

    private RunDecision TellTimeUntil(string text) => (RunDecision)Tick(m => m is RunDecision d && d.Text.Contains(text));

    // The clock moves while nothing comes: who begins with something before or after a tick is not the test's to decide.
    private object Tick(Predicate<object> wanted)
    {
        while (true)
        {
            Clock.Advance(Limit / 2);
            while (ReceiveOne(TimeSpan.FromMilliseconds(20)) is { } m)
                if (wanted(m)) return m;
        }
    }

    private void Tick(Func<bool> until) => AwaitCondition(() =>
    {
        Clock.Advance(Limit / 2);
        return until();
    });

    private void Start(string supervision = "", bool takesTurns = false)
    {
        var plan = Plan(new LoadingPlan(2, 2, 3, 1000, TimeSpan.FromDays(1), false), TimeSpan.FromDays(1)) with { Run = RunSettings.Default with { Watchdog = WatchdogLimits.All(Limit) }, TakesTurns = takesTurns };
        Run(plan, new SchedulerTime(Sys), supervision, backoff: "0s");
    }

    private void Finished() => Assert.IsType<StageFinished>(Tick(m => m is StageFinished or StageFailed));

    private void CheckEnd() => Assert.Equal(Expected(), FakeEngines.Weight(LastWritten()));
}
