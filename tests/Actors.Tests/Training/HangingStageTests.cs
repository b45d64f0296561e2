using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Training;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Each stage of a training hangs, in a call that does not come back: it is told with path and work, and replaced where there can be another.</summary>
public sealed class HangingStageTests : TestKit
{
    private const int Epochs = 3, Iterations = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly FakeEngines _engines = new();
    private readonly ManualResetEventSlim _reached = new(), _released = new();

    public HangingStageTests() : base(TestConfig.VirtualTime) => Sys.ActorOf(BatchReaper.Props());

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void a_hanging_validator_is_left_behind_and_another_scores_the_same_snapshot()
    {
        var first = true;
        _engines.FailScore = key => key.Epoch == 1 && first ? HangOnce(ref first) : null;
        Start();
        _reached.Wait();
        var told = TellTimeUntil("validator failed");
        Assert.Matches("/user/.*/validator hangs: validation batch 0 of epoch 1 has taken .* s, and 60.0 s is the limit", told.Text);
        Assert.Equal("validator", Assert.IsType<WorkerReplaced>(told.Event).Worker);
        Finished();
        Assert.All(LastWritten().History, r => Assert.Equal(0.5, r.MeanForegroundDice));
        CheckEnd();
        // When it comes back after all it says nothing that counts, and ends.
        _released.Set();
        AwaitAssert(() => Assert.Equal(0, _engines.Alive));
    }

    [Fact]
    public void a_validator_that_always_hangs_costs_the_figures_but_not_the_training()
    {
        _engines.FailScore = _ => Hang();
        Start("validator.tries = 0");
        _reached.Wait();
        Tick(() => _engines.Written.Any(w => w.Kind == CheckpointKind.Final));
        Finished();
        Assert.All(LastWritten().History, r => Assert.True(double.IsNaN(r.MeanForegroundDice)));
        Assert.Equal(Expected, FakeEngines.Weight(LastWritten()));
        _released.Set();
    }

    [Fact]
    public void a_hanging_checkpoint_writer_is_left_behind_and_may_take_no_name_when_its_disk_comes_back()
    {
        var first = true;
        _engines.FailWrite = kind => kind == CheckpointKind.Latest && first ? HangOnce(ref first) : null;
        Start();
        _reached.Wait();
        Assert.Matches("/user/.*/checkpoints hangs: writing the latest checkpoint of epoch 1, iteration 0 has taken", TellTimeUntil("checkpoints failed").Text);
        Finished();
        CheckEnd();
        var written = _engines.Written.Count;
        _released.Set();
        AwaitAssert(() => Assert.Equal(1, _engines.Abandoned));
        Assert.Equal(written, _engines.Written.Count);
    }

    [Fact]
    public void a_trainer_that_hangs_ends_the_run_from_its_last_checkpoint_and_it_goes_on_from_there()
    {
        var first = true;
        _engines.FailStep = key => key is { Epoch: 1, Index: 2 } && first ? HangOnce(ref first) : null;
        Start();
        _reached.Wait();
        FishForMessage(m => m is TrainingEpochEnded { Record.Epoch: 0 });
        AwaitAssert(() => Assert.Contains(_engines.Written, w => w.Kind == CheckpointKind.Latest));
        var end = (StageFailed)Tick(m => m is StageFailed);
        Assert.Matches("/user/.*/trainer hangs: iteration 2 of epoch 1 has taken .*process ends", Assert.IsType<StalledException>(end.Cause).Message);
        _released.Set();
        _engines.FailStep = _ => null;
        Start();
        Finished();
        CheckEnd();
    }

    [Fact]
    public void a_folder_that_hangs_when_it_is_looked_for_checkpoints_ends_the_run_too()
    {
        _engines.FailFind = Hang;
        Start();
        _reached.Wait();
        Assert.Contains("looking for the newest checkpoint has taken", Assert.IsType<StalledException>(((StageFailed)Tick(m => m is StageFailed)).Cause).Message);
        _released.Set();
    }

    [Fact]
    public void a_stage_that_waits_for_another_does_not_hang()
    {
        // The trainer waits for a batch that one worker builds, and the validator for the next epoch.
        _engines.FailBuild = (key, _) => key is { Validation: false, Epoch: 1, Index: 1 } ? Hang() : null;
        Start();
        _reached.Wait();
        FishForMessage(m => m is TrainingEpochEnded { Record.Epoch: 0 });
        for (var n = 0; n < 60; n++) Clock.Advance(Limit);
        _engines.FailBuild = (_, _) => null;
        _released.Set();
        Finished();
        CheckEnd();
    }

    private static float Expected => Enumerable.Range(0, Epochs).SelectMany(e => Enumerable.Range(0, Iterations).Select(i => FakeEngines.ValueOf(new BatchKey(1, new Fold(0), false, e, i)))).Sum();

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

    private void Start(string supervision = "")
    {
        var options = new TrainingOptions { BatchSize = 2, Epochs = Epochs, IterationsPerEpoch = Iterations, ValidationIterations = 2, Seed = 1 };
        var plan = new TrainingPlan("test", "folder", new Fold(0), options, new LoadingPlan(2, 2, 3, 1000, TimeSpan.FromDays(1), false), TimeSpan.FromDays(1))
        {
            Run = RunSettings.Default with { Watchdog = WatchdogLimits.All(Limit) },
        };
        var rules = SupervisionTable.From(ConfigurationFactory.ParseString($"actorseg.supervision {{\n{string.Join('\n', SupervisionTable.Names.Select(n => $"{n}.backoff = 0s"))}\n{supervision}\n}}"));
        Sys.ActorOf(TrainingRun.Props(plan, _engines, TestActor, Sys.ActorOf(RamBudget.Props(new MemoryBudget(1000, 1000))), rules, new SchedulerTime(Sys)));
    }

    private void Finished() => Assert.IsType<StageFinished>(Tick(m => m is StageFinished or StageFailed));

    private RunCheckpoint LastWritten() => _engines.Written.Last(w => w.Kind != CheckpointKind.Best).Checkpoint;

    private void CheckEnd() => Assert.Equal(Expected, FakeEngines.Weight(LastWritten()));
}
