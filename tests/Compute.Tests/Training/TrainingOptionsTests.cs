using System.Text.Json.Nodes;
using ActorSeg.Compute.Training;
using ActorSeg.Compute.Training.Optimizers;

namespace ActorSeg.Compute.Tests.Training;

public class TrainingOptionsTests
{
    private static readonly TrainingOptions Default = new() { BatchSize = 2 };

    [Fact]
    public void the_defaults_are_nnunets_and_allowed()
    {
        Default.Validate();
        Assert.Equal((1000, 250, 50), (Default.Epochs, Default.IterationsPerEpoch, Default.ValidationIterations));
        Assert.Equal((0.01, 0.99, 3e-5, 12.0), (Default.InitialLearningRate, ((OptimizerRecipe.Sgd)Default.Optimizer).Momentum, Default.WeightDecay, Default.GradientClip));
        Assert.Equal(0.33, Default.OversampleForeground);
    }

    [Fact]
    public void values_out_of_range_are_refused_with_the_value_found()
    {
        (TrainingOptions Options, string Word)[] wrong =
        [
            (Default with { Epochs = 0 }, "--epochs 0"),
            (Default with { IterationsPerEpoch = -1 }, "--iterations -1"),
            (Default with { ValidationIterations = 0 }, "--val-iterations 0"),
            (Default with { BatchSize = 0 }, "--batch-size 0"),
            (Default with { InitialLearningRate = double.NaN }, "learning rate of NaN"),
            (Default with { Optimizer = new OptimizerRecipe.Sgd(1) }, "momentum of 1"),
            (Default with { WeightDecay = -0.5 }, "weight decay of -0.5"),
            (Default with { GradientClip = 0 }, "gradient clip of 0"),
            (Default with { OversampleForeground = 1.5 }, "foreground fraction of 1.5"),
        ];
        foreach (var (options, word) in wrong) Assert.Contains(word, Assert.Throws<UsageException>(options.Validate).Message);
    }

    [Fact]
    public void the_learning_rate_falls_as_the_references_does()
    {
        var schedules = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("h_optim", "schedules.json")))!;
        foreach (var (epoch, rate) in schedules["poly_1000"]!.AsObject())
            Assert.Equal(rate!.GetValue<double>(), LearningRateSchedule.Default.At(int.Parse(epoch, System.Globalization.CultureInfo.InvariantCulture), 1000, 0.01), 15);
        for (var epoch = 0; epoch < 2; epoch++) Assert.Equal(schedules["poly_2"]![epoch]!.GetValue<double>(), LearningRateSchedule.Default.At(epoch, 2, 0.01), 15);
    }
}
