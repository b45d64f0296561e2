using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training.Optimizers;

/// <summary>Adam and AdamW as torch has them, with its names for what is kept.</summary>
internal sealed class AdamOptimizer(ISegmentationNetwork network, OptimizerRecipe.Adam recipe, double weightDecay)
    : Optimizer(network, weightDecay, recipe.AmsGrad ? [Steps, First, Second, Largest] : [Steps, First, Second])
{
    /// <summary>How many steps a parameter has made.</summary>
    public const string Steps = "step";

    private const string First = "exp_avg", Second = "exp_avg_sq", Largest = "max_exp_avg_sq";

    /// <inheritdoc/>
    protected override void Move(int[] indices, Tensor[] parameters, Tensor[] gradients, double learningRate, bool first) => Kernels.invoke(
        "adam", parameters, gradients, Slot(First, indices), Slot(Second, indices), recipe.AmsGrad ? Slot(Largest, indices) : Array.Empty<Tensor>(), Slot(Steps, indices),
        learningRate, recipe.Beta1, recipe.Beta2, WeightDecay, recipe.Eps, recipe.Decoupled, recipe.AmsGrad);
}
