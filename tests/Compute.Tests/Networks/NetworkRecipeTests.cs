using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks.Primus;
using ActorSeg.Compute.Tests.Training;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks;

[NoTensorLeak]
public class NetworkRecipeTests
{
    private static readonly Configuration Planned = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));

    [Fact]
    public void without_deep_supervision_a_network_has_the_same_weights_and_one_output()
    {
        using var scope = NewDisposeScope();
        using var every = NetworkRecipe.Default.Build(Planned, 1, 3, seed: 4);
        using var one = new NetworkRecipe.Planned(DeepSupervision: false).Build(Planned, 1, 3, seed: 4);
        Assert.Equal((2, 1), (every.Outputs, one.Outputs));
        Assert.Equal(every.StateNames, one.StateNames);
        var input = rand([1, 1, 16, 20, 12], generator: new Generator(1));
        Assert.Equal(2, every.ForwardAll(input).Count);
        Assert.Equal(SmallNetworks.Values(every.ForwardAll(input)[0]), SmallNetworks.Values(Assert.Single(one.ForwardAll(input))));
    }

    [Fact]
    public void batch_norm_takes_the_place_of_the_plans_normalisation_and_learns_in_training_alone()
    {
        using var scope = NewDisposeScope();
        using var session = Interruption.Session(Planned, new NetworkRecipe.Planned(BatchNorm: true));
        Assert.Contains(session.Network.StateNames, n => n.Name == "encoder.stages.0.0.convs.0.norm.running_mean");
        using var batch = SmallNetworks.RandomBatch(1);
        session.Step(batch, 0);
        Assert.Equal([1f], Counter());
        session.Network.Training = null;
        _ = session.Network.Forward(batch.Data);
        Assert.Equal([1f], Counter());

        float[] Counter() => session.Network.Save().Single(t => t.Name == "encoder.stages.0.0.convs.0.norm.num_batches_tracked").Values;
    }

    [Fact]
    public void a_batch_that_is_no_number_leaves_batch_norm_as_it_was()
    {
        using var session = Interruption.Session(Planned, new NetworkRecipe.Planned(BatchNorm: true));
        using var batch = SmallNetworks.RandomBatch(1);
        session.Step(batch, 0);
        var before = session.Network.Save();
        batch.Data.fill_(float.NaN);
        Assert.Throws<NonFiniteLossException>(() => session.Step(batch, 0));
        Assert.All(before.Zip(session.Network.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void a_training_without_deep_supervision_looks_at_the_full_resolution_alone()
    {
        using var scope = NewDisposeScope();
        using var session = Interruption.Session(Planned, new NetworkRecipe.Planned(DeepSupervision: false));
        using var batch = SmallNetworks.RandomBatch(1);
        var loss = new SegmentationLoss(SmallNetworks.Labels(2), batchDice: false, outputs: 1);
        var expected = loss.Value([session.Network.Forward(batch.Data)], [batch.Targets[0]]);
        Assert.Equal(expected, session.Step(batch, 0), 1e-6);
        using var validation = new OnlineValidation(Planned, SmallNetworks.Labels(2), 1, "cpu", new NetworkRecipe.Planned(DeepSupervision: false));
        validation.Load(session.Network.Save(), "snapshot");
        validation.Add(batch);
        Assert.True(double.IsFinite(validation.Finish().Loss));
    }

    [Fact]
    public void a_patch_that_the_network_does_not_take_is_refused_before_training()
    {
        NetworkRecipe primus = new PrimusRecipe(SmallPrimus.Spec(PrimusVersion.V1));
        (NetworkRecipe Recipe, int[] Patch, string Word)[] wrong =
        [
            (NetworkRecipe.Default, [16, 21, 12], "stride"),
            (NetworkRecipe.Default, [16, 20], "2 numbers"),
            (primus, [16, 20, 12], "multiple of 8"),
            (primus, [16, 24], "2 axes"),
        ];
        foreach (var (recipe, patch, word) in wrong)
            Assert.Contains(word, Assert.Throws<DataException>(() => recipe.Build(Planned with { PatchSize = patch }, 1, 3, seed: 1)).Message);
    }

    [Fact]
    public void recipes_are_values()
    {
        Assert.Equal(NetworkRecipe.Default, new NetworkRecipe.Planned());
        Assert.Equal(new PrimusRecipe(PrimusSpec.Of(PrimusVersion.V2, PrimusSize.M)), new PrimusRecipe(PrimusSpec.Of(PrimusVersion.V2, PrimusSize.M)));
        Assert.NotEqual(NetworkRecipe.Default, new NetworkRecipe.Planned(BatchNorm: true));
    }
}
