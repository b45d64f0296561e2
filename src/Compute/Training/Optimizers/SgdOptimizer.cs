using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training.Optimizers;

/// <summary>v = momentum v + g with the decay in g, then p -= rate (g + momentum v); a parameter's first v is its g (spec 05 section 4).</summary>
internal sealed class SgdOptimizer(ISegmentationNetwork network, OptimizerRecipe.Sgd recipe, double weightDecay) : Optimizer(network, weightDecay, OptimizerState.MomentumBuffer)
{
    /// <inheritdoc/>
    protected override void Move(int[] indices, Tensor[] parameters, Tensor[] gradients, double learningRate, bool first) =>
        Kernels.invoke("sgd", parameters, gradients, Slot(OptimizerState.MomentumBuffer, indices), learningRate, recipe.Momentum, WeightDecay, first);
}
