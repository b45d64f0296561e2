using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Training.Optimizers;

/// <summary>An optimiser's state as torch writes it, so that nnU-Net goes on with it: slots by parameter, and one group with torch's settings.</summary>
public static class OptimizerFiles
{
    /// <summary>The state for a checkpoint.</summary>
    /// <param name="recipe">Which optimiser.</param>
    /// <param name="slots">What it keeps for each parameter.</param>
    /// <param name="learningRate">Last used.</param>
    /// <param name="initialLearningRate">The schedule's highest.</param>
    /// <param name="weightDecay">On every parameter.</param>
    public static OptimizerState State(
        OptimizerRecipe recipe, IReadOnlyList<IReadOnlyList<OptimizerSlot>> slots, double learningRate, double initialLearningRate, double weightDecay)
    {
        var settings = new PickleDict();
        foreach (var (key, value) in Settings(recipe, learningRate, weightDecay)) settings.Add(key, value);
        settings.Add("initial_lr", initialLearningRate);
        return new OptimizerState { Parameters = slots, Groups = [new OptimizerGroup(settings, [.. Enumerable.Range(0, slots.Count)])] };
    }

    private static (string, object?)[] Settings(OptimizerRecipe recipe, double rate, double decay) => recipe switch
    {
        OptimizerRecipe.Sgd sgd =>
        [
            ("lr", rate), ("momentum", sgd.Momentum), ("dampening", 0L), ("weight_decay", decay), ("nesterov", true), ("maximize", false), ("foreach", null),
            ("differentiable", false), ("fused", null),
        ],
        OptimizerRecipe.Adam adam =>
        [
            ("lr", rate), ("betas", new PickleTuple([adam.Beta1, adam.Beta2])), ("eps", adam.Eps), ("weight_decay", decay), ("amsgrad", adam.AmsGrad), ("maximize", false),
            ("foreach", null), ("capturable", false), ("differentiable", false), ("fused", null), ("decoupled_weight_decay", adam.Decoupled),
        ],
        OptimizerRecipe.Adan adan =>
            [("lr", rate), ("betas", new PickleTuple([adan.Beta1, adan.Beta2, adan.Beta3])), ("eps", adan.Eps), ("weight_decay", decay), ("restart_cond", null)],
        _ => throw new ArgumentException($"no optimiser is known for {recipe}", nameof(recipe)),
    };
}
