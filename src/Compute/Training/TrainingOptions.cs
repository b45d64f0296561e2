using System.Globalization;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training.Optimizers;

namespace ActorSeg.Compute.Training;

/// <summary>nnU-Net's hyper-parameters (spec 05 section 1), and what trials change of them.</summary>
public sealed record TrainingOptions
{
    /// <summary>Epochs altogether.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>Training iterations of an epoch.</summary>
    public int IterationsPerEpoch { get; init; } = 250;

    /// <summary>Online validation iterations of an epoch.</summary>
    public int ValidationIterations { get; init; } = 50;

    /// <summary>Samples a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public ulong Seed { get; init; }

    /// <summary>Learning rate of the first epoch.</summary>
    public double InitialLearningRate { get; init; } = 0.01;

    /// <summary>How it falls from there.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Default;

    /// <summary>What moves the weights.</summary>
    public OptimizerRecipe Optimizer { get; init; } = OptimizerRecipe.Default;

    /// <summary>What is minimised.</summary>
    public LossRecipe Loss { get; init; } = LossRecipe.Default;

    /// <summary>On every parameter.</summary>
    public double WeightDecay { get; init; } = 3e-5;

    /// <summary>Largest L2 norm of all gradients together.</summary>
    public double GradientClip { get; init; } = 12;

    /// <summary>Fraction of each batch that is forced to hold foreground.</summary>
    public double OversampleForeground { get; init; } = 0.33;

    /// <summary>What convolutions compute in.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Whether stages of the network are worked out again for their gradients, which takes less memory and more time and changes no result.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>How many devices share each batch (nnU-Net's <c>-num_gpus</c>).</summary>
    public int Devices { get; init; } = 1;

    /// <summary>The learning rate of an epoch, from 0.</summary>
    public double LearningRateAt(int epoch) => Schedule.At(epoch, Epochs, InitialLearningRate);

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public void Validate()
    {
        Require(Epochs >= 1, "epochs", Epochs);
        Require(IterationsPerEpoch >= 1, "iterations", IterationsPerEpoch);
        Require(ValidationIterations >= 1, "val-iterations", ValidationIterations);
        Require(BatchSize >= 1, "batch-size", BatchSize);
        if (Devices < 1) throw new UsageException($"-num_gpus {Devices} is not allowed; give 1 or more");
        if (Devices > BatchSize) throw new UsageException($"-num_gpus {Devices} is more than a batch has samples; give {BatchSize} or less");
        Require(InitialLearningRate > 0 && double.IsFinite(InitialLearningRate), "learning rate", InitialLearningRate, "a number above 0");
        // Nesterov's correction means nothing without momentum.
        if (Optimizer is OptimizerRecipe.Sgd { Momentum: var momentum }) Require(momentum is > 0 and < 1, "momentum", momentum, "a number between 0 and 1");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), "weight decay", WeightDecay, "0 or more");
        Require(GradientClip > 0, "gradient clip", GradientClip, "a number above 0");
        Require(OversampleForeground is >= 0 and <= 1, "foreground fraction", OversampleForeground, "a number from 0 to 1");
    }

    private static void Require(bool holds, string name, int value)
    {
        if (!holds) throw new UsageException($"--{name} {value} is not allowed; give 1 or more");
    }

    private static void Require(bool holds, string name, double value, string wanted)
    {
        if (!holds) throw new UsageException($"a {name} of {value.ToString(CultureInfo.InvariantCulture)} is not allowed; give {wanted}");
    }
}
