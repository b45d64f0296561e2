using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training.Optimizers;

/// <summary>
/// Adan (Xie et al. 2022, algorithm 1) as the package adan-pytorch has it, which nnU-Net's trainers use: moments are corrected for their start, the first step only
/// takes the gradient down, and the decay divides.
/// </summary>
internal sealed class AdanOptimizer(ISegmentationNetwork network, OptimizerRecipe.Adan recipe, double weightDecay)
    : Optimizer(network, weightDecay, AdamOptimizer.Steps, "m", "v", "n", "prev_grad")
{
    /// <inheritdoc/>
    protected override void Move(int[] indices, Tensor[] parameters, Tensor[] gradients, double learningRate, bool first) => Kernels.invoke(
        "adan", parameters, gradients, Slot("m", indices), Slot("v", indices), Slot("n", indices), Slot("prev_grad", indices), Slot(AdamOptimizer.Steps, indices),
        learningRate, recipe.Beta1, recipe.Beta2, recipe.Beta3, WeightDecay, recipe.Eps, first);
}
