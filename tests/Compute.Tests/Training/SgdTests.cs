using System.Text.Json.Nodes;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using ActorSeg.Compute.Training.Optimizers;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class SgdTests
{
    [Theory, InlineData("sgd_noclip"), InlineData("sgd_clip")]
    public void five_clipped_steps_end_with_the_references_weights_and_momentum(string name)
    {
        using var scope = NewDisposeScope();
        var npz = new Npz(TestPaths.Golden("h_optim", $"{name}.npz"));
        var json = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("h_optim", $"{name}.json")))!;
        using var network = SmallNetworks.Build("plain3d");
        using var optimizer = Optimizer.Create(OptimizerRecipe.Default, network, weightDecay: 3e-5);
        var loss = new SegmentationLoss(SmallNetworks.Labels(2), batchDice: false, outputs: 2);
        for (var i = 0; i < 5; i++)
        {
            optimizer.ForgetGradients();
            Tensor[] targets = [SmallNetworks.Tensor(npz[$"t{i}_0"], ScalarType.Int16), SmallNetworks.Tensor(npz[$"t{i}_1"], ScalarType.Int16)];
            // The reference multiplied the loss so that clipping has something to do.
            var scale = json["loss_scale"]!.GetValue<double>();
            using var value = loss.Evaluate(network.ForwardAll(SmallNetworks.Tensor(npz[$"x{i}"])), targets);
            value.Backward(scale);
            var norm = optimizer.GradientNorm();
            var expected = json["steps"]![i]!;
            Assert.InRange(value.Value * scale / expected["loss"]!.GetValue<double>(), 1 - 1e-5, 1 + 1e-5);
            Assert.InRange(norm / expected["grad_norm_before_clip"]!.GetValue<double>(), 1 - 1e-5, 1 + 1e-5);
            Assert.Equal(expected["lr"]!.GetValue<double>(), LearningRateSchedule.Default.At(i, 5, 0.01), 15);
            optimizer.Step(LearningRateSchedule.Default.At(i, 5, 0.01), Math.Min(1, 12 / (norm + 1e-6)));
        }

        foreach (var (weight, momentum) in network.Save().Zip(optimizer.Save()))
        {
            UNetTests.Close(npz[$"after.{weight.Name}"].Floats(), weight.Values, 1e-5);
            foreach (var slot in momentum) UNetTests.Close(npz[$"momentum.{weight.Name}"].Floats(), slot.Tensor!.Values, 1e-5);
        }
    }

    [Fact]
    public void a_parameter_whose_first_gradient_comes_late_starts_with_it_as_momentum()
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Build("plain2d");
        using var optimizer = Optimizer.Create(new OptimizerRecipe.Sgd(0.5), network, weightDecay: 0.25);
        var first = network.Parameters[0].Value;
        var second = network.Parameters[1].Value;
        var (a, b) = (first.detach().clone(), second.detach().clone());
        Tensor va = (a * 0.25) + 1, vb = zeros_like(b);

        (first * 1).sum().backward();
        optimizer.Step(0.1, 1);
        a -= 0.1 * (va + (0.5 * va));
        optimizer.ForgetGradients();

        (first.sum() + (second * 2).sum()).backward();
        optimizer.Step(0.1, scale: 0.5);
        var ga = (a * 0.25) + 0.5;
        va = (0.5 * va) + ga;
        a -= 0.1 * (ga + (0.5 * va));
        vb = (b * 0.25) + 1;
        b -= 0.1 * (vb + (0.5 * vb));

        UNetTests.Close(SmallNetworks.Values(a), SmallNetworks.Values(first), 1e-6);
        UNetTests.Close(SmallNetworks.Values(b), SmallNetworks.Values(second), 1e-6);
        UNetTests.Close(SmallNetworks.Values(vb), optimizer.Save()[1][0].Tensor!.Values, 1e-6);
        Assert.All(optimizer.Save().Skip(2), Assert.Empty);
    }
}
