using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;
using ActorSeg.Compute.Training;
using Akka.Actor;
using Akka.TestKit;
using static ActorSeg.Actors.Shared.StageProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>A training follows commands between two iterations, and ends with the weights that the iterations it did give.</summary>
public class RunControlTests : TrainingKit
{
    private readonly TestProbe _user;
    private IActorRef _run = ActorRefs.Nobody;

    public RunControlTests() : base(TestConfig.VirtualTime) => _user = CreateTestProbe();

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void a_pause_is_answered_after_the_iteration_under_way_and_nothing_is_trained_until_it_ends()
    {
        var run = StartHeldAt(1, 1);
        run.Tell(new PauseRun(), _user);
        Release();
        Assert.Equal(new RunPosition("paused", 1, 2, Epochs, Rate(1, Epochs, 0.01)), Done());
        Assert.Equal(Iterations + 2, Engines.Steps.Count);
        AwaitAssert(() => Assert.Equal((1, 2), At(LastWritten())));

        // Hours later nothing has moved, nothing was reported as hanging, and the checkpoint was not written again.
        var written = Engines.Written.Count;
        Clock.Advance(TimeSpan.FromHours(3));
        run.Tell(new TellPosition(), _user);
        Assert.Equal("paused", Done().State);
        Assert.Equal((Iterations + 2, written), (Engines.Steps.Count, Engines.Written.Count));

        run.Tell(new ResumeRun(), _user);
        Assert.Equal("training", Done().State);
        var told = EndOf(out var end);
        Assert.IsType<StageFinished>(end);
        Assert.Equal(Expected(Epochs), FakeEngines.Weight(LastWritten()));
        Assert.Equal([new RunPaused(1, 2), new RunContinued(1, 2)], told.OfType<RunDecision>().Select(d => d.Event));
        AwaitAssert(() => Assert.Equal(0, Engines.Alive));
    }

    [Fact]
    public void a_paused_run_is_stopped_in_good_order()
    {
        var run = StartHeldAt(1, 1);
        run.Tell(new PauseRun(), _user);
        Release();
        Done();
        run.Tell(StopStage.Instance);
        EndOf(out var end);
        Assert.Contains("epoch 1, iteration 2", Assert.IsType<StageStopped>(end).Where);
        Assert.Equal((1, 2), At(LastWritten()));
        AwaitAssert(() => Assert.Equal(0, Engines.Alive));
    }

    [Fact]
    public void a_trainer_that_takes_a_dead_ones_place_keeps_the_pause()
    {
        var run = StartHeldAt(1, 1);
        run.Tell(new PauseRun(), _user);
        Release();
        Done();
        AwaitAssert(() => Assert.Equal((1, 2), At(LastWritten())));
        Sys.ActorSelection(run.Path / "trainer").Tell(Kill.Instance);
        FishForMessage(m => m is JobWarning w && w.Text.Contains("is replaced"));
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        FishForMessage(m => m is TrainingResumed);
        run.Tell(new WriteCheckpointNow(), _user);
        Assert.Equal(("paused", 1, 2), Done() is var at ? (at.State, at.Epoch!.Value, at.Iteration!.Value) : default);
        Assert.Equal(Iterations + 2, Engines.Steps.Count);
        run.Tell(new ResumeRun(), _user);
        Done();
        EndOf(out _);
        Assert.Equal(Expected(Epochs), FakeEngines.Weight(LastWritten()));
    }

    [Fact]
    public void a_checkpoint_that_is_asked_for_is_on_disk_when_it_is_answered()
    {
        var run = StartHeldAt(0, 1);
        run.Tell(new WriteCheckpointNow(), _user);
        Release();
        var at = Done();
        Assert.Equal((0, 2, "digest"), (at.Epoch!.Value, at.Iteration!.Value, at.WeightsSha256));
        Assert.Contains(Engines.Written, w => At(w.Checkpoint) == (0, 2));
        EndOf(out _);
        Assert.Equal(Expected(Epochs), FakeEngines.Weight(LastWritten()));
    }

    [Fact]
    public void a_checkpoint_that_cannot_be_written_is_told_with_its_cause_and_training_goes_on()
    {
        var failures = 1;
        Engines.FailWrite = _ => failures-- > 0 ? new IOException("disk full") : null;
        var run = StartHeldAt(0, 1);
        run.Tell(new WriteCheckpointNow(), _user);
        Release();
        Assert.Contains("disk full", Refused());
        FishForMessage(m => m is RunDecision { Event: CheckpointPostponed });
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        EndOf(out var end);
        Assert.IsType<StageFinished>(end);
    }

    [Fact]
    public void epochs_and_learning_rate_change_from_the_next_iteration_on_are_kept_in_checkpoint_and_history_and_batches_follow()
    {
        var run = StartHeldAt(1, 1);
        run.Tell(new ChangeSchedule(5, 0.1), _user);
        Release();
        var at = Done();
        Assert.Equal((1, 2, 5, Rate(1, 5, 0.1)), (at.Epoch!.Value, at.Iteration!.Value, at.Epochs!.Value, at.LearningRate!.Value));
        var told = EndOf(out var end);
        Assert.Equal(5, ((TrainResult)((StageFinished)end).Result).Epochs);
        Assert.Equal(Expected(5), FakeEngines.Weight(LastWritten()));
        Assert.Equal([Rate(0, 3, 0.01), Rate(1, 5, 0.1), Rate(2, 5, 0.1), Rate(3, 5, 0.1), Rate(4, 5, 0.1)], LastWritten().History.Select(e => e.LearningRate));
        Assert.Equal((5, 0.1), (LastWritten().Options!.Epochs, LastWritten().Options!.InitialLearningRate));
        Assert.Equal(["epochs was 3 and is 5", "learning rate was 0.01 and is 0.1"], told.OfType<RunDecision>().Select(d => d.Event).OfType<SettingsChanged>().Single().Changes.Select(c => c.ToString()));
        Assert.Equal((5, 0.1), Engines.Used.Last() is var used ? (used.Epochs, used.InitialLearningRate) : default);
    }

    [Fact]
    public void with_fewer_epochs_the_one_under_way_is_the_last()
    {
        var run = StartHeldAt(1, 1);
        run.Tell(new ChangeSchedule(2, null), _user);
        Release();
        Assert.Equal(2, Done().Epochs);
        EndOf(out var end);
        Assert.Equal(2, ((TrainResult)((StageFinished)end).Result).Epochs);
        Assert.Equal(Expected(2), FakeEngines.Weight(LastWritten()));
        AwaitAssert(() => Assert.Equal(0, Engines.Alive));
    }

    [Theory]
    [InlineData(1, null, "epoch 2 of 3 is under way; give 2 or more")]
    [InlineData(null, -1.0, "a learning rate of -1 is not allowed")]
    [InlineData(null, double.NaN, "a learning rate of NaN is not allowed")]
    [InlineData(null, null, "neither epochs nor a learning rate")]
    public void what_cannot_be_is_refused_at_once_with_what_could(int? epochs, double? rate, string why)
    {
        var run = StartHeldAt(1, 1);
        run.Tell(new ChangeSchedule(epochs, rate), _user);
        Assert.Contains(why, Refused());
        Release();
        EndOf(out _);
        Assert.Equal(Expected(Epochs), FakeEngines.Weight(LastWritten()));
    }

    [Fact]
    public void a_stop_is_answered_with_the_place_where_the_same_command_goes_on()
    {
        var run = StartHeldAt(1, 1);
        run.Tell(new StopRun(), _user);
        Release();
        Assert.Equal(("stopping", 1, 2), Done() is var at ? (at.State, at.Epoch!.Value, at.Iteration!.Value) : default);
        EndOf(out var end);
        Assert.IsType<StageStopped>(end);
        Assert.Equal((1, 2), At(LastWritten()));
    }

    private static (int, int) At(RunCheckpoint checkpoint) => (checkpoint.Snapshot.Epoch, checkpoint.Snapshot.Iteration);

    private static double Rate(int epoch, int epochs, double first) => LearningRateSchedule.Default.At(epoch, epochs, first);

    private RunPosition Done() => _user.ExpectMsg<CommandDone>().Position;

    private string Refused() => _user.ExpectMsg<CommandRefused>().Why;

    // Once the run has answered, what it was told before is with the trainer.
    private void Release()
    {
        _run.Tell(new Identify(1), _user);
        _user.ExpectMsg<ActorIdentity>();
        Engines.Gate!.Open.Set();
    }

    private List<JobEvent> EndOf(out object end)
    {
        var told = new List<JobEvent>();
        end = FishForMessage(m =>
        {
            if (m is JobEvent e) told.Add(e);
            return m is StageFinished or StageFailed or StageStopped;
        });
        return told;
    }

    // The trainer is in the middle of this iteration, and what is said now is next.
    private IActorRef StartHeldAt(int epoch, int iteration)
    {
        Engines.Gate = new FakeGate(key => key.Epoch == epoch && key.Index == iteration);
        var run = Run(Plan(new LoadingPlan(1, 1, 3, 1000, TimeSpan.FromMinutes(10), false), TimeSpan.FromMinutes(5)), new SchedulerTime(Sys));
        Await(Engines.Gate.Reached);
        if (epoch > 0) FishForMessage(m => m is TrainingEpochEnded ended && ended.Record.Epoch == epoch - 1);
        return _run = run;
    }
}
