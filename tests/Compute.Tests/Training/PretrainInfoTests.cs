using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using ActorSeg.Compute.Training.Pretraining;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public sealed class PretrainInfoTests : IDisposable
{
    private static readonly PretrainingRecipe Recipe = TrainerCatalog.Find("PretrainedTrainer").Pretraining!;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData("encoder.stages", false), InlineData("nowhere", true)]
    public void the_encoder_of_the_plans_checkpoint_comes_into_the_network_and_what_the_checkpoint_says_of_itself_comes_first(string inPlans, bool saysItself)
    {
        using var theirs = SmallNetworks.Build("resenc3d");
        using var own = UNet.Build(theirs.Spec, theirs.InputChannels, 5, seed: 9);
        var before = own.Save();
        var taken = PretrainInfo.Parse(Plans(Checkpoint(theirs, saysItself), inPlans), "plans.json").Import(own, [16, 16, 16], Recipe);
        Assert.Equal(before.Count(t => t.Name.StartsWith("encoder.", StringComparison.Ordinal)), taken);
        var weights = theirs.Save().ToDictionary(t => t.Name, t => t.Values);
        foreach (var (was, now) in before.Zip(own.Save()))
            Assert.Equal(now.Name.StartsWith("encoder.", StringComparison.Ordinal) ? weights[now.Name] : was.Values, now.Values);
    }

    [Fact]
    public void plans_without_a_checkpoint_leave_the_network_as_it_is()
    {
        using var own = SmallNetworks.Build("resenc3d");
        Assert.Equal(0, PretrainInfo.Parse(Plans(null, "encoder.stages"), "plans.json").Import(own, [16, 16, 16], Recipe));
    }

    [Fact]
    public void plans_without_the_object_are_refused() =>
        Assert.Contains("has no 'pretrain_info'", Assert.Throws<DataException>(() => PretrainInfo.Parse(new JsonObject(), "plans.json")).Message);

    private static JsonObject Plans(string? checkpoint, string encoder) => new()
    {
        ["pretrain_info"] = new JsonObject
        {
            ["checkpoint_path"] = checkpoint,
            ["key_to_encoder"] = encoder,
            ["key_to_stem"] = "encoder.stem",
            ["keys_to_in_proj"] = new JsonArray("encoder.stem.convs.0.conv", "encoder.stem.convs.0.all_modules.0"),
            ["key_to_lpe"] = null,
            ["pt_num_in_channels"] = 1,
            ["pt_used_patchsize"] = new JsonArray(16, 16, 16),
        },
    };

    private string Checkpoint(UNet network, bool saysItself)
    {
        var (root, plan) = (new PickleDict(), new PickleDict());
        plan.Add("key_to_encoder", "encoder.stages");
        plan.Add("key_to_stem", "encoder.stem");
        if (saysItself) root.Add("nnssl_adaptation_plan", plan);
        var file = _folder.File("pretrained.pth");
        CheckpointFile.Write(file, new Checkpoint
        {
            Weights = network.Save(),
            StateNames = network.StateNames,
            History = [],
            CurrentEpoch = 1,
            TrainerName = "nnUNetTrainer",
            Configuration = "3d_fullres",
            Fold = Fold.All,
            Plans = [],
            DatasetJson = [],
            Foreign = ForeignKeys.None with { Root = root },
        });
        return file;
    }
}
