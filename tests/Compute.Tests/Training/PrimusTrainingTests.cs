using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Tests.Networks.Primus;
using ActorSeg.Compute.Training;
using TorchSharp;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class PrimusTrainingTests
{
    private static readonly Configuration Configuration =
        SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))) with { PatchSize = SmallPrimus.Patch };

    [Theory, InlineData(PrimusVersion.V1), InlineData(PrimusVersion.V2), InlineData(PrimusVersion.V3)]
    public void steps_on_one_batch_lower_its_loss(PrimusVersion version)
    {
        using var session = Start(version, dropPath: 0);
        using var batch = SmallPrimus.RandomBatch(1);
        var losses = Enumerable.Range(0, 4).Select(_ => session.Step(batch, 0)).ToArray();
        Assert.True(losses[1] < losses[0] && losses[3] < losses[1], string.Join(", ", losses));
    }

    [Theory, InlineData(PrimusVersion.V1), InlineData(PrimusVersion.V3)]
    public void a_training_that_was_interrupted_ends_with_the_bits_of_one_that_was_not(PrimusVersion version) =>
        Interruption.ChangesNothing(() => Start(version, dropPath: 0.5), SmallPrimus.RandomBatch);

    [Fact]
    public void the_batchs_key_decides_which_blocks_are_left_out()
    {
        using var one = Start(PrimusVersion.V1, dropPath: 0.5);
        using var other = Start(PrimusVersion.V1, dropPath: 0);
        var different = Enumerable.Range(0, 4).Select(i =>
        {
            using var batch = SmallPrimus.RandomBatch(i);
            return one.Step(batch, 0) != other.Step(batch, 0);
        });
        Assert.Contains(true, different);
    }

    [Fact]
    public void steps_leave_no_tensor_behind_but_the_momentum()
    {
        using var session = Start(PrimusVersion.V2, dropPath: 0.2);
        using var batch = SmallPrimus.RandomBatch(0);
        session.Step(batch, 0);
        var alive = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 2; i++) session.Step(batch, 0);
        Assert.Equal(alive, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void online_validation_scores_a_primus()
    {
        using var session = Start(PrimusVersion.V1, dropPath: 0.2);
        using var validation = new OnlineValidation(Configuration, SmallNetworks.Labels(2), 2, "cpu", new PrimusRecipe(SmallPrimus.Spec(PrimusVersion.V1)));
        validation.Load(session.Network.Save(), "snapshot");
        using var batch = SmallPrimus.RandomBatch(0);
        validation.Add(batch);
        var (loss, dice) = validation.Finish();
        Assert.True(double.IsFinite(loss));
        Assert.Equal(2, dice.Count);
    }

    private static TrainingSession Start(PrimusVersion version, double dropPath) =>
        Interruption.Session(Configuration, new PrimusRecipe(SmallPrimus.Spec(version) with { DropPath = dropPath }), inputChannels: 2);
}
