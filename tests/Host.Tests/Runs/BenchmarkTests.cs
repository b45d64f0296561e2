using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

public class BenchmarkTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Theory, InlineData("nnUNetTrainerBenchmark_5epochs"), InlineData("nnUNetTrainerBenchmark_5epochs_noDataLoading")]
    public void a_benchmark_leaves_the_time_of_its_fastest_epoch_and_no_checkpoint(string trainer)
    {
        var results = phantom.NewResults();
        using (phantom.Train(results, "-tr", trainer).Ends(0)) { }
        var fold = Path.Combine(results, PhantomFolder.Dataset, $"{trainer}__nnUNetPlans__3d_fullres", "fold_0");
        var (_, result) = Assert.Single(JsonNode.Parse(File.ReadAllText(Path.Combine(fold, "benchmark_result.json")))!.AsObject());
        Assert.InRange(result!["fastest_epoch"]!.GetValue<double>(), 0, 300);
        Assert.Empty(Directory.GetFiles(results, "*.pth", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Combine(fold, "validation")));
    }

    [Fact]
    public void a_benchmark_is_of_fold_0()
    {
        string[] arguments = [.. phantom.TrainArguments(phantom.NewResults(), 3).Select((argument, i) => i == 3 ? "1" : argument)];
        using var run = new ActorSegProcess([.. arguments, "-tr", "nnUNetTrainerBenchmark_5epochs"]).Ends(2);
        Assert.Contains("give fold 0", run.Errors);
    }
}
