using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Tests.Networks.Primus;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class TrainerStepTests
{
    /// <summary>All but those whose network the plans do not make: these are large.</summary>
    public static TheoryData<string> Names =>
        [.. TrainerCatalog.All.Values.Where(trainer => trainer.Network is NetworkRecipe.Planned or PretrainableRecipe).Select(trainer => trainer.Name)];

    [Theory, MemberData(nameof(Names))]
    public void a_trainer_takes_steps_on_a_made_batch(string name)
    {
        var trainer = TrainerCatalog.Find(name);
        var planned = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));
        if (name.Contains("Primus", StringComparison.Ordinal)) planned = planned with { PatchSize = SmallPrimus.Patch, Primus = SmallPrimus.Spec(PrimusVersion.V1) };
        var configuration = trainer.Adapt(planned);
        var labels = SmallNetworks.Labels(2);
        using var made = new MadeBatches(configuration, labels, 1, Options(configuration, trainer.HasDeepSupervision));
        using var session = new TrainingSession(configuration, labels, 1, trainer.Options(configuration.BatchSize), "cpu", trainer.Network);
        var before = session.Network.Save();
        using var batch = made.Build(default);
        // Adan's first only looks at the gradient.
        for (var step = 0; step < 2; step++) Assert.True(double.IsFinite(session.Step(batch, epoch: 0)));
        Assert.Contains(before.Zip(session.Network.Save()), pair => !pair.First.Values.SequenceEqual(pair.Second.Values));
    }

    [Fact]
    public void a_made_batch_is_the_same_under_every_key_and_outlives_the_others()
    {
        var configuration = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));
        using var made = new MadeBatches(configuration, SmallNetworks.Labels(2), 3, Options(configuration, deepSupervision: true));
        var key = new BatchKey(1, new Fold(0), true, 2, 3);
        float[] first;
        using (var batch = made.Build(default)) first = SmallNetworks.Values(batch.Data);
        using var again = made.Build(key);
        Assert.Equal(key, again.Key);
        Assert.Equal(first, SmallNetworks.Values(again.Data));
        Assert.Equal([2, 3, 16, 20, 12], again.Data.shape);
        Assert.Equal([[2, 1, 16, 20, 12], [2, 1, 8, 10, 6]], again.Targets.Select(target => target.shape));
        Assert.Equal(made.BatchBytes, again.Bytes);
    }

    private static BatchOptions Options(Configuration configuration, bool deepSupervision) => new(configuration.BatchSize, 0.33) { DeepSupervision = deepSupervision };
}
