using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;
using Akka.Actor;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Checkpoints that cannot be written or read, runs that are stopped, killed in part and repeated.</summary>
public class TrainingCheckpointTests() : TrainingFaultKit(TestConfig.Hocon)
{
    [Fact]
    public void a_checkpoint_that_cannot_be_written_is_tried_again_while_training_goes_on()
    {
        var failures = 2;
        Engines.FailWrite = kind => kind == CheckpointKind.Latest && failures-- > 0 ? new IOException("disk full") : null;
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
        Engines.Dice = () => dice += 0.1;
        Engines.FailWrite = kind =>
        {
            if (kind == CheckpointKind.Best && Engines.Written.Any(w => w.Kind == CheckpointKind.Final)) Await(open);
            return null;
        };
        var run = Start();
        AwaitCondition(() => Engines.Written.Any(w => w.Kind == CheckpointKind.Final));
        FishForMessage(m => m is RunNews { Event: CheckpointCommitted { Kind: "final" } });
        run.Tell(new Identify(1));
        Assert.IsType<ActorIdentity>(FishForMessage(m => m is ActorIdentity or StageFinished));
        open.Set();
        Finished();
        Assert.Equal(CheckpointKind.Best, Engines.Written.Last().Kind);
    }

    [Fact]
    public void a_best_checkpoint_that_cannot_be_written_does_not_hold_up_the_end()
    {
        Engines.FailWrite = kind => kind == CheckpointKind.Best ? new IOException("disk full") : null;
        Start();
        Finished();
        Assert.Equal(CheckpointKind.Final, Engines.Written.Last().Kind);
    }

    [Fact]
    public void the_loader_and_the_checkpoint_writer_can_be_killed_too()
    {
        // Both are killed from outside while the second epoch trains: Kill makes the actor throw.
        var run = Start(gate: key => key is { Epoch: 1, Index: 1 });
        Await(Engines.Gate!.Reached);
        foreach (var name in (string[])["loader", "checkpoints", "validator"]) Sys.ActorSelection(run.Path / name).Tell(Kill.Instance);
        for (var n = 0; n < 3; n++) FishForMessage(m => m is JobWarning w && w.Text.Contains("is replaced"));
        Engines.Gate.Open.Set();
        Finished();
        CheckEnd();
        Assert.Equal(1, Engines.TrainersMade);
    }

    [Fact]
    public void a_run_that_was_stopped_goes_on_where_it_stopped_and_ends_with_the_same_weights()
    {
        var run = Start(gate: key => key is { Epoch: 1, Index: 1 });
        Await(Engines.Gate!.Reached);
        run.Tell(StopStage.Instance);
        // The run answers in order: once it has, it knows of the stop, and the step under way is the last it asks for.
        run.Tell(new Identify(1));
        FishForMessage(m => m is ActorIdentity);
        Engines.Gate.Open.Set();
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
        Engines.FailScore = key =>
        {
            if (key.Epoch < Epochs - 1) return null;
            reached.Set();
            Await(open);
            return null;
        };
        var run = Start();
        Await(reached);
        run.Tell(StopStage.Instance);
        FishForMessage(m => m is StageStopped);
        open.Set();
        Start();
        Finished();
        Assert.Equal(CheckpointKind.Final, Engines.Written.Last().Kind);
        CheckEnd();
    }

    [Fact]
    public void unreadable_checkpoints_are_told_one_by_one_and_nothing_starts_afresh()
    {
        Engines.Refused.Add("checkpoint_latest.pth: the zip is truncated");
        Start();
        Assert.Contains("truncated", ((JobWarning)FishForMessage(m => m is JobWarning)).Text);
        Assert.Contains("--fresh", ((StageFailed)FishForMessage(m => m is StageFailed)).Cause.Message);
        Assert.Empty(Engines.Steps);
    }
}
