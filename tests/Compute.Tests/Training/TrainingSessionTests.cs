using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class TrainingSessionTests
{
    private static TrainingOptions Options(int epochs) => new() { Epochs = epochs, BatchSize = 2, IterationsPerEpoch = 1, ValidationIterations = 1 };

    [Fact]
    public void five_steps_end_with_the_references_weights_and_momentum()
    {
        var npz = new Npz(TestPaths.Golden("h_optim", "sgd_noclip.npz"));
        var steps = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("h_optim", "sgd_noclip.json")))!["steps"]!.AsArray();
        using var session = Start(Options(5));
        session.Network.Load(SmallNetworks.Weights("plain3d"), "golden");
        for (var i = 0; i < 5; i++)
        {
            using var batch = new Batch(default, SmallNetworks.Tensor(npz[$"x{i}"]), [SmallNetworks.Tensor(npz[$"t{i}_0"], ScalarType.Int16), SmallNetworks.Tensor(npz[$"t{i}_1"], ScalarType.Int16)], []);
            PlainConvUNetTests.Close([(float)steps[i]!["loss"]!.GetValue<double>()], [(float)session.Step(batch, i)], 1e-5);
        }

        var snapshot = session.Snapshot(5, 0, []);
        foreach (var (weight, momentum) in snapshot.Weights.Zip(snapshot.Momentum))
        {
            PlainConvUNetTests.Close(npz[$"after.{weight.Name}"].Floats(), weight.Values, 1e-5);
            if (npz.Names.Contains($"momentum.{weight.Name}")) PlainConvUNetTests.Close(npz[$"momentum.{weight.Name}"].Floats(), momentum!.Values, 1e-5);
            else Assert.Null(momentum);
        }
    }

    [Fact]
    public void going_on_from_a_snapshot_equals_never_having_stopped_to_the_bit()
    {
        using var whole = Start(Options(4));
        for (var i = 0; i < 4; i++) Step(whole, i);
        using var first = Start(Options(4));
        for (var i = 0; i < 2; i++) Step(first, i);
        var snapshot = first.Snapshot(2, 0, []);
        using var second = Start(Options(4) with { Seed = 99 });
        second.Restore(snapshot, "snapshot");
        for (var i = 2; i < 4; i++) Step(second, i);
        Assert.All(whole.Network.Save().Zip(second.Network.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void a_step_that_is_not_finite_changes_nothing()
    {
        using var session = Start(Options(4));
        Step(session, 0);
        var before = session.Snapshot(0, 1, []);
        using var bad = RandomBatch(1);
        bad.Data.fill_(float.NaN);
        Assert.Throws<NonFiniteLossException>(() => session.Step(bad, 0));
        var after = session.Snapshot(0, 1, []);
        Assert.All(before.Weights.Zip(after.Weights), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void online_validation_counts_a_perfect_prediction_as_dice_one()
    {
        using var session = Start(Options(1));
        using var validation = new OnlineValidation(SmallNetworks.Configuration(session.Network.Spec), SmallNetworks.Labels(2), 1, "cpu");
        validation.Load(session.Network.Save(), "session");
        using var batch = RandomBatch(3);
        using (var scope = NewDisposeScope())
        using (no_grad())
            batch.Targets[0].copy_(session.Network.Forward(batch.Data).argmax(1, keepdim: true));
        validation.Add(batch);
        var (loss, dice) = validation.Finish();
        Assert.True(double.IsFinite(loss));
        Assert.All(dice, d => Assert.True(double.IsNaN(d) || d == 1));
        Assert.Contains(dice, d => d == 1);
        Assert.True(double.IsNaN(validation.Finish().Loss));
    }

    [Fact]
    public void the_moving_average_survives_an_epoch_without_a_figure()
    {
        var one = EpochHistory.Close([], 0, 0.01, 1, 1, [0.5, double.NaN], 0, 1);
        var two = EpochHistory.Close([one], 1, 0.01, 1, 1, [double.NaN], 1, 2);
        var three = EpochHistory.Close([one, two], 2, 0.01, 1, 1, [0.7, 0.9], 2, 3);
        Assert.Equal(0.5, one.EmaForegroundDice);
        Assert.Equal(0.5, two.EmaForegroundDice);
        Assert.Equal(0.53, three.EmaForegroundDice, 12);
    }

    [Fact]
    public void the_learning_rate_falls_as_the_references_does()
    {
        var expected = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("h_optim", "schedules.json")))!["poly_1000"]!;
        var rates = expected is JsonArray list ? list.Select((v, i) => (Epoch: i, Rate: v!.GetValue<double>()))
            : expected.AsObject().Select(e => (Epoch: int.Parse(e.Key, System.Globalization.CultureInfo.InvariantCulture), Rate: e.Value!.GetValue<double>()));
        Assert.All(rates, r => Assert.Equal(r.Rate, PolyLearningRate.At(r.Epoch, 1000, 0.01), 12));
    }

    private static TrainingSession Start(TrainingOptions options) =>
        new(SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))), SmallNetworks.Labels(2), 1, options, "cpu");

    private static void Step(TrainingSession session, int i)
    {
        using var batch = RandomBatch(i);
        session.Step(batch, i);
    }

    private static Batch RandomBatch(int seed)
    {
        using var random = new Generator((ulong)seed);
        using var labels = randint(0, 3, [2, 1, 16, 20, 12], generator: random);
        using var low = randint(0, 3, [2, 1, 8, 10, 6], generator: random);
        return new Batch(default, randn([2, 1, 16, 20, 12], generator: random), [labels.to(ScalarType.Int16), low.to(ScalarType.Int16)], []);
    }
}
