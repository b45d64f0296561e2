using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Inference;

/// <summary>The networks of trainers by the class name that a checkpoint carries (spec 04 section 11).</summary>
public static class TrainerNetworks
{
    /// <summary>The network of a trainer; of all that are not known, the plans'.</summary>
    public static NetworkRecipe Of(string trainer) => TrainerCatalog.All.GetValueOrDefault(trainer)?.Network ?? NetworkRecipe.Default;
}
