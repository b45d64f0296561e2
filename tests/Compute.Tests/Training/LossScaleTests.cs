using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using ActorSeg.Compute.Training.Optimizers;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class LossScaleTests
{
    [Fact]
    public void it_halves_at_an_overflow_and_doubles_after_2000_finite_steps()
    {
        var scale = LossScale.Initial;
        Assert.Equal(new LossScale(32768, 0), (scale with { FiniteSteps = 1500 }).After(finite: false));
        for (var step = 0; step < 1999; step++) scale = scale.After(finite: true);
        Assert.Equal(new LossScale(65536, 1999), scale);
        Assert.Equal(new LossScale(131072, 0), scale.After(finite: true));
    }

    [Fact]
    public void it_is_kept_as_torchs_gradient_scaler_is()
    {
        var state = new LossScale(1024, 7).ToState();
        Assert.Equal(["scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker"], state.Entries.Select(e => e.Key));
        Assert.Equal([1024.0, 2.0, 0.5, 2000L, 7L], state.Entries.Select(e => e.Value));
        Assert.Equal(new LossScale(1024, 7), LossScale.Of(state));
        Assert.Null(LossScale.Of(null));
        // A scaler that was off.
        Assert.Null(LossScale.Of(new PickleDict()));
    }

    [Fact]
    public void scaled_gradients_move_the_weights_as_plain_ones_do_clipped_or_not()
    {
        foreach (var clip in (double[])[1e9, 0.1])
        {
            using var plain = SmallNetworks.Build("plain2d");
            using var scaled = SmallNetworks.Build("plain2d");
            Assert.Equal(Step(plain, clip, 1), Step(scaled, clip, 65536), 1e-4);
            Assert.All(plain.Save().Zip(scaled.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        }
    }

    [Fact]
    public void a_step_whose_gradients_overflow_is_left_out_and_the_next_is_scaled_half_as_much()
    {
        using var session = Session();
        using var batch = SmallNetworks.RandomBatch(1);
        var before = session.Snapshot(0, 0, []);
        Assert.Null(before.LossScale);
        session.Use(new TrainingOptions { BatchSize = 2, Epochs = 10, Precision = Precision.Fp16 });
        session.Restore(before with { LossScale = new LossScale(1e38, 5) }, "made");
        Assert.True(double.IsFinite(session.Step(batch, 0)));
        var after = session.Snapshot(0, 1, []);
        Assert.Equal(new LossScale(5e37, 0), after.LossScale);
        Assert.All(before.Weights.Zip(after.Weights), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void fp16_steps_stay_with_those_in_float32()
    {
        Assert.All(Losses(Precision.Fp32).Zip(Losses(Precision.Fp16)), pair => Assert.Equal(pair.First, pair.Second, 1e-3));

        static double[] Losses(Precision precision)
        {
            using var session = Session();
            session.Use(new TrainingOptions { BatchSize = 2, Epochs = 10, Precision = precision });
            return [.. Enumerable.Range(0, 3).Select(i =>
            {
                using var batch = SmallNetworks.RandomBatch(i);
                return session.Step(batch, 0);
            })];
        }
    }

    private static TrainingSession Session() => new(
        SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))), SmallNetworks.Labels(2), 1, new TrainingOptions { BatchSize = 2, Epochs = 10 }, "cpu");

    private static double Step(UNet network, double clip, double scale)
    {
        using var scope = NewDisposeScope();
        using var optimizer = Optimizer.Create(OptimizerRecipe.Default, network, weightDecay: 3e-5);
        var random = new Generator(4);
        foreach (var (_, parameter) in network.Parameters) parameter.grad = randn(parameter.shape, generator: random).mul_(scale);
        var norm = optimizer.Step(0.01, clip, scale);
        optimizer.ForgetGradients();
        return norm;
    }
}
