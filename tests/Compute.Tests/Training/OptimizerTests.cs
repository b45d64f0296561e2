using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training.Optimizers;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class OptimizerTests
{
    public static TheoryData<OptimizerRecipe> Recipes => [new OptimizerRecipe.Sgd(), new OptimizerRecipe.Adam(Decoupled: true, AmsGrad: true), new OptimizerRecipe.Adam(Decoupled: false), new OptimizerRecipe.Adan()];

    [Theory]
    [InlineData(true, true), InlineData(true, false), InlineData(false, true), InlineData(false, false)]
    public void adam_takes_torchs_steps(bool decoupled, bool amsgrad)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build("plain2d");
        using var optimizer = Optimizer.Create(new OptimizerRecipe.Adam(decoupled, amsgrad), network, weightDecay: 0.03);
        var parameters = network.Parameters.Select(p => new TorchSharp.Modules.Parameter(p.Value.detach().clone(), true)).ToList();
        using var reference = decoupled
            ? (TorchSharp.Modules.OptimizerHelper)optim.AdamW(parameters, 0.01, weight_decay: 0.03, amsgrad: amsgrad)
            : optim.Adam(parameters, 0.01, weight_decay: 0.03, amsgrad: amsgrad);
        for (var step = 0; step < 5; step++)
        {
            GiveGradients(network, step);
            for (var i = 0; i < parameters.Count; i++) parameters[i].grad = network.Parameters[i].Value.grad!.clone();
            optimizer.Step(0.01, 1);
            reference.step();
        }

        for (var i = 0; i < parameters.Count; i++) UNetTests.CloseRelative(SmallNetworks.Values(parameters[i]), SmallNetworks.Values(network.Parameters[i].Value), 1e-5);
    }

    [Fact]
    public void adan_takes_the_steps_of_its_definition()
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build("plain2d");
        using var optimizer = Optimizer.Create(new OptimizerRecipe.Adan(), network, weightDecay: 0.02);
        var parameter = network.Parameters[0].Value;
        var expected = SmallNetworks.Values(parameter).Select(v => (double)v).ToArray();
        var (m, v, n, before) = (new double[expected.Length], new double[expected.Length], new double[expected.Length], new double[expected.Length]);
        for (var step = 1; step <= 4; step++)
        {
            GiveGradients(network, step);
            var gradient = SmallNetworks.Values(parameter.grad!);
            optimizer.Step(0.01, 1);
            for (var i = 0; i < expected.Length; i++)
            {
                double g = gradient[i], change = g - before[i];
                if (step > 1) (m[i], v[i], n[i]) = ((0.98 * m[i]) + (0.02 * g), (0.92 * v[i]) + (0.08 * change), (0.99 * n[i]) + (0.01 * Math.Pow(g + (0.92 * change), 2)));
                var size = 0.01 / (Math.Sqrt(n[i] / (1 - Math.Pow(0.99, step))) + 1e-8);
                expected[i] = (expected[i] - (size * ((m[i] / (1 - Math.Pow(0.98, step))) + (0.92 * v[i] / (1 - Math.Pow(0.92, step)))))) / (1 + (0.02 * 0.01));
                before[i] = g;
            }
        }

        UNetTests.CloseRelative([.. expected.Select(e => (float)e)], SmallNetworks.Values(parameter), 1e-5);
    }

    [Theory, MemberData(nameof(Recipes))]
    public void a_state_that_is_saved_and_loaded_goes_on_to_the_bit(OptimizerRecipe recipe)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build("plain2d");
        using var other = SmallNetworks.Build("plain2d");
        using var optimizer = Optimizer.Create(recipe, network, weightDecay: 3e-5);
        using var resumed = Optimizer.Create(recipe, other, weightDecay: 3e-5);
        for (var step = 0; step < 3; step++) Step(network, optimizer, step);
        other.Load(network.Save(), "saved");
        resumed.Check(optimizer.Save(), "saved");
        resumed.Load(optimizer.Save());
        Step(network, optimizer, 3);
        Step(other, resumed, 3);
        Assert.All(network.Save().Zip(other.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Theory, MemberData(nameof(Recipes))]
    public void parameters_without_a_gradient_stay_and_keep_nothing(OptimizerRecipe recipe)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build("plain2d");
        using var optimizer = Optimizer.Create(recipe, network, weightDecay: 0.5);
        var before = network.Save()[^1].Values;
        GiveGradients(network, 0);
        network.Parameters[^1].Value.grad = null;
        optimizer.Step(0.1, 0.5);
        Assert.Equal(before, network.Save()[^1].Values);
        Assert.Empty(optimizer.Save()[^1]);
        Assert.NotEmpty(optimizer.Save()[0]);
        optimizer.ForgetGradients();
    }

    [Fact]
    public void a_state_of_another_optimizer_or_network_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build("plain2d");
        using var sgd = Optimizer.Create(new OptimizerRecipe.Sgd(), network, 0);
        using var adam = Optimizer.Create(new OptimizerRecipe.Adam(Decoupled: true), network, 0);
        Step(network, sgd, 0);
        var saved = sgd.Save();
        Assert.Contains("momentum_buffer", Assert.Throws<DataException>(() => adam.Check(saved, "model.pth")).Message);
        Assert.Contains($"{saved.Count - 1} parameters", Assert.Throws<DataException>(() => sgd.Check([.. saved.Skip(1)], "model.pth")).Message);
        IReadOnlyList<OptimizerSlot> wrong = [new("momentum_buffer", new NamedTensor("x", [1], [1]))];
        Assert.Contains("shape", Assert.Throws<DataException>(() => sgd.Check([wrong, .. saved.Skip(1)], "model.pth")).Message);
    }

    private static void Step(ISegmentationNetwork network, Optimizer optimizer, int seed)
    {
        GiveGradients(network, seed);
        optimizer.Step(0.01, 0.5);
        optimizer.ForgetGradients();
    }

    private static void GiveGradients(ISegmentationNetwork network, int seed)
    {
        using var random = new Generator((ulong)seed);
        foreach (var (_, parameter) in network.Parameters) parameter.grad = randn(parameter.shape, generator: random);
    }
}
