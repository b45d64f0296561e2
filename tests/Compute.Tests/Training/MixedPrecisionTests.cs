using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class MixedPrecisionTests
{
    [Fact]
    public void losses_in_bf16_stay_with_those_in_float32_over_the_first_steps()
    {
        var (reference, mixed) = (Losses(Precision.Fp32), Losses(Precision.Bf16));
        for (var i = 0; i < reference.Length; i++) Console.WriteLine($"{reference[i]} {mixed[i]}");
        Assert.All(reference.Zip(mixed), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        Assert.NotEqual(reference, mixed);
    }

    [Theory, InlineData("plain2d"), InlineData("plain3d"), InlineData("resenc3d")]
    public void logits_and_gradients_are_float32_and_near_the_references(string name)
    {
        using var scope = NewDisposeScope();
        var (logits, gradients) = Run(name, Precision.Fp32);
        var (mixedLogits, mixedGradients) = Run(name, Precision.Bf16);
        foreach (var (a, b) in logits.Zip(mixedLogits)) Console.WriteLine($"{name} logits {Distance(a, b)}");
        foreach (var (a, b) in gradients.Zip(mixedGradients)) Console.WriteLine($"{name} grad {Distance(a, b)}");
    }

    private static double[] Losses(Precision precision)
    {
        using var session = new TrainingSession(
            SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))), SmallNetworks.Labels(2), 1,
            new TrainingOptions { BatchSize = 2, Epochs = 10, Precision = precision }, "cpu");
        return [.. Enumerable.Range(0, 3).Select(i =>
        {
            using var batch = SmallNetworks.RandomBatch(i);
            return session.Step(batch, 0);
        })];
    }

    private static (Tensor[] Logits, Tensor[] Gradients) Run(string name, Precision precision)
    {
        using var network = SmallNetworks.Build(name);
        network.Precision = precision;
        var input = SmallNetworks.Tensor(new Npz(TestPaths.Golden("f_network", "small", $"{name}_io.npz"))["input"]);
        Tensor[] logits = [.. network.ForwardAll(input)];
        logits.Select(head => head.square().mean()).Aggregate((a, b) => a + b).backward();
        Tensor[] gradients = [.. network.Parameters.Select(p => p.Value.grad!.clone())];
        Assert.All(logits.Concat(gradients).Concat(network.Parameters.Select(p => p.Value)), tensor => Assert.Equal(ScalarType.Float32, tensor.dtype));
        return (logits, gradients);
    }

    private static double Distance(Tensor a, Tensor b) => ((a - b).norm() / a.norm()).item<float>();
}
