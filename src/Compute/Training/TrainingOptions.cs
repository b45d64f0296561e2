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

    /// <summary>Of SGD, with Nesterov's correction.</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>On every parameter.</summary>
    public double WeightDecay { get; init; } = 3e-5;

    /// <summary>Largest L2 norm of all gradients together.</summary>
    public double GradientClip { get; init; } = 12;

    /// <summary>Fraction of each batch that is forced to hold foreground.</summary>
    public double OversampleForeground { get; init; } = 0.33;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public void Validate()
    {
        Require(Epochs >= 1, "epochs", Epochs);
        Require(IterationsPerEpoch >= 1, "iterations", IterationsPerEpoch);
        Require(ValidationIterations >= 1, "val-iterations", ValidationIterations);
        Require(BatchSize >= 1, "batch-size", BatchSize);
    }

    private static void Require(bool holds, string name, int value)
    {
        if (!holds) throw new UsageException($"--{name} {value} is not allowed; give 1 or more");
    }
}

/// <summary>nnU-Net's learning rate (spec 05 section 4).</summary>
public static class PolyLearningRate
{
    private const double Exponent = 0.9;

    /// <summary>Constant within an epoch: initial x (1 - epoch / epochs) ^ 0.9.</summary>
    public static double At(int epoch, int epochs, double initial) => initial * Math.Pow(1 - ((double)epoch / epochs), Exponent);
}

/// <summary>Loss or gradients were not finite; the weights are as they were before the step.</summary>
public sealed class NonFiniteLossException(double loss, double gradientNorm)
    : Exception($"the loss is {loss} and the norm of its gradients {gradientNorm}; both must be finite")
{
    /// <summary>The loss.</summary>
    public double Loss { get; } = loss;

    /// <summary>L2 norm of all gradients.</summary>
    public double GradientNorm { get; } = gradientNorm;
}
