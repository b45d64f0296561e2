using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;
using FsCheck.Xunit;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Trainer and validator compute in turn, where they would share the processors.</summary>
public sealed class DeviceTurnsTests() : TrainingFaultKit(TestConfig.Hocon)
{
    private static readonly string[] Names = ["trainer", "validator", "third"];

    [Property(MaxTest = 300)]
    public void whose_turn_it_is_has_asked_for_it_first_of_those_who_wait((byte Who, byte What)[] happenings)
    {
        var turns = DeviceTurns.Free;
        var expected = new List<string>(); // the holder, then who waits
        foreach (var (who, what) in happenings)
        {
            var name = Names[who % Names.Length];
            var before = expected.FirstOrDefault();
            string? begins;
            switch (what % 3)
            {
                case 0:
                    (turns, begins) = turns.Asked(name);
                    if (!expected.Contains(name)) expected.Add(name);
                    break;
                case 1:
                    (turns, begins) = turns.Ended(name);
                    if (before == name) expected.Remove(name);
                    break;
                default:
                    (turns, begins) = turns.Gone(name);
                    expected.Remove(name);
                    break;
            }

            var now = expected.FirstOrDefault();
            Assert.Equal(now, turns.Holder);
            Assert.Equal(expected.Skip(1), turns.Waiting);
            Assert.Equal(now == before ? null : now, begins);
        }
    }

    [Fact]
    public void the_one_whose_turn_ends_may_ask_again_and_is_last()
    {
        var (turns, _) = DeviceTurns.Free.Asked("trainer");
        (turns, _) = turns.Asked("validator");
        (turns, var begins) = turns.Ended("trainer");
        Assert.Equal("validator", begins);
        (turns, _) = turns.Asked("trainer");
        Assert.Equal("trainer", turns.Ended("validator").Begins);
    }

    [Fact]
    public void on_processors_that_both_would_use_a_validation_batch_is_scored_between_two_iterations()
    {
        var trained = new List<int>();
        Engines.FailScore = key =>
        {
            trained.Add(Engines.Steps.Count(s => s.Epoch > key.Epoch));
            return null;
        };
        Start();
        Finished();
        CheckEnd();
        Assert.Equal(1, Engines.MostAtWork);
        // Both batches of an epoch are scored within the first iterations of the next.
        Assert.Equal(Epochs * 2, trained.Count);
        Assert.All(trained, ahead => Assert.InRange(ahead, 0, Iterations));
    }

    [Fact]
    public void in_a_pause_the_validator_has_every_turn_and_the_trainer_keeps_its_batch()
    {
        var run = Start(gate: key => key is { Epoch: 1, Index: 0 });
        Await(Engines.Gate!.Reached);
        run.Tell(new PauseRun(), TestActor);
        Engines.Gate.Open.Set();
        FishForMessage(m => m is TrainingEpochEnded { Record.Epoch: 0 });
        Assert.InRange(Engines.Steps.Count, Iterations, Iterations + 1);
        run.Tell(new ResumeRun(), TestActor);
        Finished();
        CheckEnd();
        Assert.Equal(1, Engines.MostAtWork);
    }

    [Fact]
    public void on_another_device_an_epoch_is_scored_while_the_next_one_computes()
    {
        Start(gate: key => key is { Epoch: 1, Index: 0 }, takesTurns: false);
        Await(Engines.Gate!.Reached);
        FishForMessage(m => m is TrainingEpochEnded { Record.Epoch: 0 });
        Engines.Gate.Open.Set();
        Finished();
        CheckEnd();
        Assert.Equal(2, Engines.MostAtWork);
    }
}
