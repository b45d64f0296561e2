using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks;

[NoTensorLeak]
public class DropsTests
{
    private static readonly BatchKey Step = new(7, new Fold(0), false, 3, 5);

    [Fact]
    public void units_are_dropped_whole_at_the_asked_rate_and_the_rest_makes_up_for_it()
    {
        var values = Factors(Step, "layer", 0.25, samples: 50, units: 200);
        Assert.Equal([0, (float)(1 / 0.75)], values.Distinct().Order());
        Assert.InRange(values.Count(v => v == 0) / (double)values.Length, 0.24, 0.26);

        using var scope = NewDisposeScope();
        var whole = ones([20, 3, 4, 4]);
        Drops.Apply(whole, 1, 0.5, Step, "layer");
        for (var sample = 0; sample < 20; sample++) Assert.Single(SmallNetworks.Values(whole[sample]).Distinct());
    }

    [Fact]
    public void what_is_dropped_is_a_function_of_step_layer_and_sample()
    {
        var first = Factors(Step, "a");
        Assert.Equal(first, Factors(Step, "a"));
        Assert.Equal(first.Take(64), Factors(Step, "a", samples: 1));
        Assert.NotEqual(first, Factors(Step, "b"));
        foreach (var other in (BatchKey[])[Step with { Index = 6 }, Step with { Epoch = 4 }, Step with { Seed = 8 }, Step with { Fold = new Fold(1) }])
            Assert.NotEqual(first, Factors(other, "a"));
        Assert.NotEqual(first.Take(64), first.Skip(64).Take(64));
    }

    [Fact]
    public void dropout_acts_in_training_alone_and_each_step_has_its_own()
    {
        using var scope = NewDisposeScope();
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with { DropoutRate = 0.5 };
        using var network = UNet.Build(spec, 1, 3, seed: 1);
        var input = rand([2, 1, 16, 20, 12], generator: new Generator(1));
        var still = Logits(null);
        Assert.Equal(still, Logits(null));
        var step = Logits(Step);
        Assert.NotEqual(still, step);
        Assert.NotEqual(step, Logits(Step with { Index = 6 }));
        Assert.Equal(step, Logits(Step));

        float[] Logits(BatchKey? training)
        {
            network.Training = training;
            return SmallNetworks.Values(network.Forward(input));
        }
    }

    [Fact]
    public void a_training_with_dropout_that_was_interrupted_ends_with_the_bits_of_one_that_was_not()
    {
        var configuration = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with { DropoutRate = 0.3, Norm = NormKind.Batch });
        Interruption.ChangesNothing(() => Interruption.Session(configuration), i => SmallNetworks.RandomBatch(i, Step with { Index = i }));
    }

    private static float[] Factors(BatchKey key, string layer, double rate = 0.5, int samples = 4, int units = 64)
    {
        using var scope = NewDisposeScope();
        var values = ones([samples, units, 1, 1, 1]);
        Drops.Apply(values, units, rate, key, layer);
        return SmallNetworks.Values(values);
    }
}
