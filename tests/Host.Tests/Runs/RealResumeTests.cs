using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>The network that is planned for Hippocampus, on its images.</summary>
public sealed class RealResumeTests : IDisposable
{
    private const string Raw = "data/nnUNet_raw", Dataset = "Dataset004_Hippocampus";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact(Raw + "/" + Dataset)]
    [Trait("Category", "Long")]
    public void killed_at_ten_random_instants_or_with_other_workers_it_ends_with_the_weights_of_a_run_left_alone()
    {
        using (new ActorSegProcess(
            "plan-and-preprocess", "-d", "4", "-c", "3d_fullres", "--raw", TestPaths.SharedPath(Raw), "--preprocessed", _folder.File("preprocessed")).Ends(0)) { }
        var (whole, killed, random) = (Trained("whole"), _folder.File("killed"), new Random(7));
        for (var n = 0; n < 10 && !File.Exists(Final(killed)); n++)
        {
            using var run = Train(killed);
            run.WaitAtMost(TimeSpan.FromMilliseconds(random.Next(12_000)));
            if (run.HasEnded) break;
            run.Signal(9);
            run.Wait();
        }

        Assert.Equal(whole, Trained("killed"));
        Assert.Equal(whole, Trained("workers", "--set", "actorseg.train.augmenters=3"));
    }

    // The digest of the final weights; the validation of the fold's 46 cases is another test's.
    private string Trained(string results, params string[] more)
    {
        using var run = Train(_folder.File(results), more);
        Assert.True(SpinWait.SpinUntil(() => run.HasEnded || File.Exists(Final(_folder.File(results))), TimeSpan.FromMinutes(10)) && !run.HasEnded, run.Errors);
        run.Signal(9);
        run.Wait();
        return CheckpointFile.WeightsSha256(CheckpointFile.Read(Final(_folder.File(results))).Weights);
    }

    private ActorSegProcess Train(string results, params string[] more) => new(
    [
        "train", "4", "3d_fullres", "0", "--epochs", "6", "--iterations", "6", "--val-iterations", "1", "--batch-size", "2", "--seed", "7", "-device", "cpu",
        "--preprocessed", _folder.File("preprocessed"), "--results", results, "--set", "actorseg.train.checkpoint-interval=2s", .. more,
    ]);

    private static string Final(string results) => Path.Combine(results, Dataset, "nnUNetTrainer__nnUNetPlans__3d_fullres", "fold_0", CheckpointSet.Final);
}
