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

    [Fact]
    public void a_pretrained_encoder_is_the_one_that_the_plans_name()
    {
        var (first, second) = (phantom.NewResults(), phantom.NewResults());
        using (phantom.Train(first).Ends(0)) { }
        var (pretrained, folder) = (Path.Combine(PhantomFolder.FoldFolder(first), "checkpoint_final.pth"), Path.Combine(phantom.Preprocessed, PhantomFolder.Dataset));
        string[] command = ["-tr", "PretrainedTrainer", "-p", "ptPlans"];
        var plans = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "nnUNetPlans.json")))!.AsObject();
        plans["plans_name"] = "ptPlans";
        File.WriteAllText(Path.Combine(folder, "ptPlans.json"), plans.ToJsonString());
        using (var without = phantom.Train(second, command).Ends(3)) Assert.Contains("has no 'pretrain_info'", without.Errors);

        plans["pretrain_info"] = new JsonObject
        {
            ["checkpoint_path"] = pretrained,
            ["key_to_encoder"] = "encoder.stages",
            ["key_to_stem"] = "encoder.stages.0",
            ["keys_to_in_proj"] = new JsonArray("encoder.stages.0.0.convs.0.conv", "encoder.stages.0.0.convs.0.all_modules.0"),
            ["key_to_lpe"] = null,
            ["pt_used_patchsize"] = plans["configurations"]!["3d_fullres"]!["patch_size"]!.DeepClone(),
        };
        File.WriteAllText(Path.Combine(folder, "ptPlans.json"), plans.ToJsonString());
        using (var begun = phantom.Train(second, command).Ends(0)) Assert.Contains("tensors of " + pretrained, begun.Output + begun.Errors);
        using (var again = phantom.Train(second, command).Ends(0)) Assert.DoesNotContain("tensors of " + pretrained, again.Output + again.Errors);
    }

    private static string WeightsOf(string results)
    {
        using var described = new ActorSegProcess("describe", "checkpoint", Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_final.pth"), "--json").Ends(0);
        return JsonNode.Parse(described.Output)!["weights_sha256"]!.GetValue<string>();
    }
}
