using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Plugins;
using ActorSeg.Compute.Training;

namespace MyPlugin;

/// <summary>Trainers for <c>-tr</c>, from an assembly given with <c>--plugin</c>.</summary>
public sealed class OwnTrainers : ITrainerPlugin
{
    /// <inheritdoc/>
    public IReadOnlyList<TrainerVariant> Trainers { get; } =
    [
        // nnU-Net's trainer with another schedule and loss: data alone.
        new("GentleTrainer") { Epochs = 300, InitialLearningRate = 3e-3, Loss = new LossRecipe { LabelSmoothing = 0.05 } },

        // And with a network of one's own.
        new("NarrowTrainer") { Network = new NarrowNetwork(MostFeatures: 8) },
    ];
}

/// <summary>The planned network with fewer features. Any other network that implements <see cref="ISegmentationNetwork"/> can be made here.</summary>
/// <param name="MostFeatures">Of a stage.</param>
public sealed record NarrowNetwork(int MostFeatures) : NetworkRecipe
{
    /// <inheritdoc/>
    public override bool HasDeepSupervision => true;

    /// <inheritdoc/>
    protected override ISegmentationNetwork Create(Configuration configuration, int inputChannels, int heads, ulong seed)
    {
        var planned = configuration.Architecture;
        var narrow = planned with { FeaturesPerStage = [.. planned.FeaturesPerStage.Select(features => Math.Min(features, MostFeatures))] };
        return UNet.Build(narrow, inputChannels, heads, seed);
    }
}
