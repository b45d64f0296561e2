using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training.Optimizers;
using ActorSeg.Compute.Training.Pretraining;

namespace ActorSeg.Compute.Training;

/// <summary>
/// A trainer: everything in which nnU-Net's trainer classes differ, as data. The defaults are <c>nnUNetTrainer</c>'s (spec 05 section 1); the others are values of
/// this in <see cref="TrainerCatalog"/> (section 16).
/// </summary>
/// <param name="Name">nnU-Net's class name: names the results folder and stands in checkpoints.</param>
public sealed record TrainerVariant(string Name)
{
    /// <summary>Epochs altogether.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>The highest learning rate.</summary>
    public double InitialLearningRate { get; init; } = 0.01;

    /// <summary>How it goes from there.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Default;

    /// <summary>What moves the weights.</summary>
    public OptimizerRecipe Optimizer { get; init; } = OptimizerRecipe.Default;

    /// <summary>On every parameter.</summary>
    public double WeightDecay { get; init; } = 3e-5;

    /// <summary>Largest L2 norm of all gradients together.</summary>
    public double GradientClip { get; init; } = 12;

    /// <summary>What is minimised.</summary>
    public LossRecipe Loss { get; init; } = LossRecipe.Default;

    /// <summary>What is trained.</summary>
    public NetworkRecipe Network { get; init; } = NetworkRecipe.Default;

    /// <summary>Whether targets of lower resolution are trained on, too.</summary>
    public bool HasDeepSupervision => Network.HasDeepSupervision;

    /// <summary>How samples are augmented.</summary>
    public AugmentationVariant Augmentation { get; init; } = AugmentationVariant.Default;

    /// <summary>How it begins with the encoder that the plans name; null: as it is made.</summary>
    public PretrainingRecipe? Pretraining { get; init; }

    /// <summary>Samples a batch; null: the plans'.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Edge of a cubic patch; null: the plans' patch.</summary>
    public int? PatchEdge { get; init; }

    /// <summary>Whether it only measures speed: fold 0, no checkpoints, no validation at the end, and the fastest epoch in a <see cref="BenchmarkFile"/>.</summary>
    public bool Benchmark { get; init; }

    /// <summary>Whether one batch of random values takes the place of all others, so that nothing is loaded.</summary>
    public bool MadeData { get; init; }

    /// <summary>A configuration as this trainer changes it: patch and batch.</summary>
    /// <exception cref="UsageException">The trainer is for volumes and the configuration is 2D.</exception>
    public Configuration Adapt(Configuration configuration)
    {
        if (PatchEdge is { } edge)
        {
            if (configuration.Is2D) throw new UsageException($"-tr {Name} is for 3D configurations; '{configuration.Name}' is 2D");
            configuration = configuration with { PatchSize = [edge, edge, edge] };
        }

        return configuration with { BatchSize = BatchSize ?? configuration.BatchSize };
    }

    /// <summary>The hyper-parameters for batches of this size.</summary>
    public TrainingOptions Options(int batchSize) => new()
    {
        BatchSize = batchSize,
        Epochs = Epochs,
        InitialLearningRate = InitialLearningRate,
        Schedule = Schedule,
        Optimizer = Optimizer,
        WeightDecay = WeightDecay,
        GradientClip = GradientClip,
        Loss = Loss,
    };
}
