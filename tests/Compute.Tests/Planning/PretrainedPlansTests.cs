using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Planning;

/// <summary>The networks of plans that nnU-Net makes for a pretrained checkpoint.</summary>
[NoTensorLeak]
public class PretrainedPlansTests
{
    [Theory]
    [InlineData("PrimusS", PrimusSize.S), InlineData("PrimusB", PrimusSize.B), InlineData("PrimusM", PrimusSize.M), InlineData("PrimusL", PrimusSize.L)]
    public void a_size_that_stands_by_its_name_is_that_size_and_leaves_out_no_branches(string name, PrimusSize size)
    {
        var read = Read(name, null);
        Assert.Equal(PrimusSpec.Of(PrimusVersion.V1, size) with { DropPath = 0 }, read.Primus);
        Assert.Equal("Primus", read.NetworkClass);
    }

    [Fact]
    public void a_transformer_of_its_own_numbers_is_built_of_them()
    {
        var read = Read("PrimusX", Numbers());
        var primus = read.Primus!;
        Assert.Equal((24, 3, 2, true, 0.05, 0.2), (primus.Width, primus.Depth, primus.AttentionHeads, primus.InnerNorm, primus.BranchScale, primus.DropPath));
        var small = read with { PatchSize = [16, 24, 8] };
        using var described = TrainerCatalog.Find("PretrainedTrainer_Primusx").Network.Build(small, 1, 3, 1);
        using var named = TrainerCatalog.Find("PretrainedTrainer_Primus").Network.Build(small, 1, 3, 1);
        Assert.Equal((0.2, 0.0), (Assert.IsType<PrimusNetwork>(described).Spec.DropPath, Assert.IsType<PrimusNetwork>(named).Spec.DropPath));
    }

    [Theory]
    [InlineData("PrimusQ", null, "network_class_name"), InlineData("PrimusX", "embed_dim", "embed_dim"), InlineData("PrimusX", "patch_embed_size", "[8, 8, 8]")]
    [InlineData("PrimusX", "init_values", "init_values")]
    public void what_cannot_be_read_is_refused_by_its_key(string name, string? wrong, string told)
    {
        var numbers = wrong is null ? null : Numbers();
        if (wrong == "embed_dim") numbers!.Remove(wrong);
        else if (wrong is not null) numbers![wrong] = wrong == "init_values" ? new JsonArray() : new JsonArray(4, 4, 4);
        Assert.Contains(told, Assert.Throws<DataException>(() => Read(name, numbers)).Message);
    }

    [Fact]
    public void the_residual_network_that_stands_by_its_name_is_the_published_one_without_deep_supervision()
    {
        var read = Read("ResEncL", null);
        Assert.Equal(([1, 3, 4, 6, 6, 6], [32, 64, 128, 256, 320, 320], true), (read.Architecture.EncoderCounts, read.Architecture.FeaturesPerStage, read.Architecture.Residual), (a, b) =>
            a.Item1.SequenceEqual(b.Item1) && a.Item2.SequenceEqual(b.Item2) && a.Item3 == b.Item3);
        using var network = TrainerCatalog.Find("PretrainedTrainer").Network.Build(read with { PatchSize = [64, 64, 64] }, 1, 2, 1);
        Assert.Equal(1, network.Outputs);
    }

    [Fact]
    public void other_trainers_do_not_train_a_transformer_of_the_plans_and_say_which_does()
    {
        var error = Assert.Throws<DataException>(() => NetworkRecipe.Default.Build(Read("PrimusS", null), 1, 2, 1));
        Assert.Contains("PretrainedTrainer_Primusx", error.Message);
    }

    private static JsonObject Numbers() => new()
    {
        ["embed_dim"] = 24,
        ["patch_embed_size"] = new JsonArray(8, 8, 8),
        ["encoder_eva_depth"] = 3,
        ["encoder_eva_numheads"] = 2,
        ["scale_attn_inner"] = true,
        ["init_values"] = new JsonArray(0.05, 0.1),
    };

    private static Configuration Read(string network, JsonObject? arguments)
    {
        var plans = NnUnetJson.ReadObject(TestPaths.Golden("b_plans", "08_wholebody_ct_cascade", "nnUNetPlans.json"));
        var full = plans["configurations"]!["3d_fullres"]!.AsObject();
        full["architecture"] = new JsonObject { ["network_class_name"] = network, ["arch_kwargs"] = arguments, ["_kw_requires_import"] = null };
        plans["configurations"] = new JsonObject { ["3d_fullres"] = full.DeepClone() };
        return Plans.Parse(plans, "ptPlans.json").Configurations["3d_fullres"];
    }
}
