using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>nnU-Net's flags of <c>train</c> that decide what is validated and what is kept.</summary>
public class ValidationTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    [Fact]
    public void a_training_that_is_over_is_validated_again_and_nothing_else_is_changed()
    {
        var results = phantom.NewResults();
        using (phantom.Train(results, "--val").Ends(3)) { }
        string trained;
        using (var run = phantom.Train(results, "--json").Ends(0)) trained = run.Output;
        var (fold, validation) = (PhantomFolder.FoldFolder(results), Path.Combine(PhantomFolder.FoldFolder(results), "validation"));
        var before = Content(fold);
        Directory.Delete(validation, recursive: true);

        using (var run = phantom.Train(results, "--val", "--npz", "--json").Ends(0)) Assert.True(JsonNode.DeepEquals(JsonNode.Parse(trained), JsonNode.Parse(run.Output)));
        Assert.Equal(before, Content(fold));
        var maps = Directory.GetFiles(validation, "*.nii.gz");
        Assert.NotEmpty(maps);
        foreach (var ending in (string[])[".npz", ".pkl"]) Assert.Equal(maps.Select(m => m.Replace(".nii.gz", ending)).Order(), Directory.GetFiles(validation, $"*{ending}").Order());

        // The best one in the place of the final one: where it is of another epoch, there are other probabilities.
        var final = maps.ToDictionary(m => m, m => File.ReadAllBytes(m.Replace(".nii.gz", ".npz")));
        using (phantom.Train(results, "--val", "--val_best", "--npz").Ends(0)) { }
        var isFinal = WeightsOf(fold, "best") == WeightsOf(fold, "final");
        Assert.Equal(isFinal, maps.All(m => final[m].SequenceEqual(File.ReadAllBytes(m.Replace(".nii.gz", ".npz")))));
        File.Delete(Path.Combine(fold, "checkpoint_best.pth"));
        using var none = phantom.Train(results, "--val", "--val_best").Ends(3);
        Assert.Contains("checkpoint_best.pth", none.Errors);
    }

    [Fact]
    public void without_checkpoints_the_validation_alone_is_left_and_it_is_that_of_a_training_with_them()
    {
        var (with, without) = (phantom.NewResults(), phantom.NewResults());
        string expected;
        using (var run = phantom.Train(with, "--json").Ends(0)) expected = run.Output;
        using var bare = phantom.Train(without, "--disable_checkpointing", "--json").Ends(0);
        Assert.Equal(JsonNode.Parse(expected)!["dice"]!.ToJsonString(), JsonNode.Parse(bare.Output)!["dice"]!.ToJsonString());
        Assert.Empty(Directory.GetFiles(without, "*.pth", SearchOption.AllDirectories));
        string Said(string results) => (string)JsonNode.Parse(File.ReadAllText(Path.Combine(PhantomFolder.FoldFolder(results), "debug.json")))!["disable_checkpointing"]!;
        Assert.Equal(("False", "True"), (Said(with), Said(without)));
        Assert.True(File.Exists(Path.Combine(PhantomFolder.FoldFolder(without), "validation", "summary.json")));
    }

    private static string WeightsOf(string fold, string kind) => CheckpointFile.Describe(Path.Combine(fold, $"checkpoint_{kind}.pth")).WeightsSha256;

    // A training's own files: the log is of each command, and the lock and its owner are whose turn it is.
    private static Dictionary<string, string> Content(string fold) => Directory.GetFiles(fold, "checkpoint_*.pth").Append(Path.Combine(fold, "progress.png"))
        .ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
}
