using ActorSeg.Actors.Runs;
using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>A trainer that hangs, as a whole process; and a validation in line.</summary>
public class WatchdogTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public void A_trainer_that_hangs_ends_the_process_with_75_and_the_same_command_goes_on()
    {
        var results = phantom.NewResults();
        // No step is done in a millisecond: the watchdog takes it for one that never ends.
        using (var run = phantom.Train(results, "--set", "actorseg.train.watchdog.trainer=1ms").Ends(75))
        {
            Assert.Contains("/trainer hangs: ", run.Errors);
            Assert.Contains("the same command goes on from the last checkpoint", run.Errors);
        }

        Assert.Contains("hangs", Read(results).Why);
        using (phantom.Train(results).Ends(0)) { }
        Assert.Equal(RunState.Finished, Read(results).State);
    }

    [Fact]
    public void In_line_the_figures_are_those_of_the_background()
    {
        var (inline, background) = (phantom.NewResults(), phantom.NewResults());
        using (phantom.Train(inline, "--set", "actorseg.train.validation=inline").Ends(0)) { }
        using (phantom.Train(background).Ends(0)) { }
        Assert.Equal(PhantomFolder.Curve(background), PhantomFolder.Curve(inline));
        Assert.Equal(CheckpointFile.Describe(PhantomFolder.Final(background)).WeightsSha256, CheckpointFile.Describe(PhantomFolder.Final(inline)).WeightsSha256);
    }

    private static RunSummary Read(string results) => RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: true);
}
