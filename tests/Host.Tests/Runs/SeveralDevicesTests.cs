using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Trainings whose batches are shared out between devices, all of them the processor here.</summary>
public class SeveralDevicesTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public void a_training_on_two_devices_goes_on_with_one_and_is_that_of_one_to_within_rounding()
    {
        var (one, two) = (phantom.NewResults(), phantom.NewResults());
        using (phantom.Train(one).Ends(0)) { }
        using (var run = phantom.Train(two, "-num_gpus", "2"))
        {
            var latest = Path.Combine(PhantomFolder.FoldFolder(two), CheckpointSet.Latest);
            Assert.True(SpinWait.SpinUntil(() => run.HasEnded || File.Exists(latest), TimeSpan.FromMinutes(3)) && !run.HasEnded, run.Errors);
            Assert.Contains("-num_gpus 2 on the CPU", run.Errors);
            run.Signal(9);
            run.Wait();
        }

        using (var again = phantom.Train(two).Ends(0)) Assert.Contains("2 x cpu", again.Output + again.Errors);
        var (expected, actual) = (Losses(one), Losses(two));
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (e, a) in expected.Zip(actual)) Assert.Equal(e, a, 1e-3);
    }

    [Fact]
    public void more_devices_than_samples_are_refused()
    {
        using var run = phantom.Train(phantom.NewResults(), "-num_gpus", "3").Ends(2);
        Assert.Contains("-num_gpus 3 is more than a batch has samples; give 2 or less", run.Errors);
    }

    private static double[] Losses(string results) => [.. CheckpointFile.ReadHeader(PhantomFolder.Final(results)).History.Select(e => e.TrainLoss)];
}
