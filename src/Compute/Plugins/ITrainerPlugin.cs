using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Plugins;

/// <summary>
/// Trainers of a user's own, chosen by name with <c>-tr</c>: schedule, optimizer, loss and augmentation as data, and a network of any kind
/// (<see cref="Networks.NetworkRecipe"/>). Public, with a constructor without arguments.
/// </summary>
public interface ITrainerPlugin
{
    /// <summary>Under names that nobody else has: they name folders of results and stand in checkpoints. The same each time they are asked for.</summary>
    IReadOnlyList<TrainerVariant> Trainers { get; }
}
