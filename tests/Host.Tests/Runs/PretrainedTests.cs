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

    [Fact]
    public void a_transformer_of_the_plans_is_trained_validated_and_gone_on_with()
    {
        var (results, folder) = (phantom.NewResults(), Path.Combine(phantom.Preprocessed, PhantomFolder.Dataset));
        var plans = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "nnUNetPlans.json")))!.AsObject();
        var full = plans["configurations"]!["3d_fullres"]!.AsObject();
        plans["plans_name"] = "ptPrimus";
        full["patch_size"] = new JsonArray(16, 16, 16);
        full["architecture"] = new JsonObject
        {
            ["network_class_name"] = "PrimusX",
            ["arch_kwargs"] = new JsonObject
            {
                ["embed_dim"] = 24,
                ["patch_embed_size"] = new JsonArray(8, 8, 8),
                ["encoder_eva_depth"] = 2,
                ["encoder_eva_numheads"] = 2,
                ["scale_attn_inner"] = true,
                ["init_values"] = 0.1,
            },
            ["_kw_requires_import"] = new JsonArray(),
        };
        plans["pretrain_info"] = new JsonObject
        {
            ["checkpoint_path"] = null,
            ["key_to_encoder"] = "eva",
            ["key_to_stem"] = "down_projection",
            ["keys_to_in_proj"] = new JsonArray("down_projection.proj"),
            ["key_to_lpe"] = "eva.pos_embed",
            ["pt_used_patchsize"] = new JsonArray(16, 16, 16),
        };
        File.WriteAllText(Path.Combine(folder, "ptPrimus.json"), plans.ToJsonString());
        string[] command = ["-tr", "PretrainedTrainer_Primusx", "-p", "ptPrimus"];
        using (var other = phantom.Train(results, "-p", "ptPrimus").Ends(3)) Assert.Contains("PretrainedTrainer_Primusx", other.Errors);
        using (phantom.Train(results, command).Ends(0)) { }
        using var longer = new ActorSegProcess(phantom.TrainArguments(results, epochs: 4, command)).Ends(0);
        Assert.Contains("resuming at epoch 3", longer.Output + longer.Errors);
        Assert.True(File.Exists(Path.Combine(results, PhantomFolder.Dataset, "PretrainedTrainer_Primusx__ptPrimus__3d_fullres", "fold_0", "validation", "summary.json")));
    }

    private static string WeightsOf(string results)
    {
        using var described = new ActorSegProcess("describe", "checkpoint", Path.Combine(PhantomFolder.FoldFolder(results), "checkpoint_final.pth"), "--json").Ends(0);
        return JsonNode.Parse(described.Output)!["weights_sha256"]!.GetValue<string>();
    }
}
