using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

public class PretrainedTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public void a_training_begins_with_pretrained_weights_and_one_that_goes_on_has_no_use_for_them()
    {
        var (first, second, weights) = (phantom.NewResults(), phantom.NewResults(), "checkpoint_best.pth");
        using (phantom.Train(first).Ends(0)) { }
        var pretrained = Path.Combine(PhantomFolder.FoldFolder(first), weights);
        using (var begun = phantom.Train(second, "-pretrained_weights", pretrained).Ends(0)) Assert.Contains("tensors of " + pretrained, begun.Output + begun.Errors);
        // Seed and batches are the same: only the first weights differ.
        Assert.NotEqual(WeightsOf(first), WeightsOf(second));

        using (var again = phantom.Train(second, "-pretrained_weights", pretrained).Ends(0))
            Assert.Contains("-pretrained_weights " + pretrained + " is not used", again.Output + again.Errors);

        // What is to begin with must not be removed before.
        using (var afresh = phantom.Train(first, "-pretrained_weights", pretrained, "--fresh").Ends(2)) Assert.Contains("copy it to another folder", afresh.Errors);
        Assert.True(File.Exists(pretrained));
    }

    [Fact]
    public void weights_of_another_network_are_refused_before_anything_starts()
    {
        var results = phantom.NewResults();
        using var run = phantom.Train(results, "-pretrained_weights", TestPaths.Golden("f_network", "small", "plain3d.pth"));
        run.Ends(3);
        Assert.Contains("where this network has", run.Errors);
        Assert.Empty(Directory.Exists(results) ? Directory.GetFiles(results, "*.pth", SearchOption.AllDirectories) : []);
    }

    private static string WeightsOf(string results)
    {
        using var described = new ActorSegProcess("describe", "checkpoint", Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_final.pth"), "--json").Ends(0);
        return JsonNode.Parse(described.Output)!["weights_sha256"]!.GetValue<string>();
    }
}
