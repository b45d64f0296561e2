namespace ActorSeg.Compute.Training.Optimizers;

/// <summary>Which optimiser a training uses, as data (spec 05 sections 4 and 16). Rate and weight decay are the training's.</summary>
public abstract record OptimizerRecipe
{
    private protected OptimizerRecipe()
    {
    }

    /// <summary>nnU-Net's own.</summary>
    public static OptimizerRecipe Default { get; } = new Sgd();

    /// <summary>Stochastic gradient descent with momentum and Nesterov's correction; the decay is added to the gradient.</summary>
    /// <param name="Momentum">How much of the velocity stays in a step; between 0 and 1, for the correction means nothing without.</param>
    public sealed record Sgd(double Momentum = 0.99) : OptimizerRecipe;

    /// <summary>Adam (Kingma and Ba 2015), or AdamW (Loshchilov and Hutter 2019) with <paramref name="Decoupled"/> decay.</summary>
    /// <param name="Decoupled">The decay shrinks the weights themselves rather than being added to the gradient.</param>
    /// <param name="AmsGrad">Divide by the largest second moment so far.</param>
    /// <param name="Beta1">How much of the first moment stays in a step.</param>
    /// <param name="Beta2">How much of the second moment stays in a step.</param>
    /// <param name="Eps">Added to what is divided by.</param>
    public sealed record Adam(bool Decoupled, bool AmsGrad = false, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8) : OptimizerRecipe;

    /// <summary>Adan (Xie et al. 2022): moments of the gradient, of its change, and of their square.</summary>
    /// <param name="Beta1">Weight of a new gradient.</param>
    /// <param name="Beta2">Weight of a new change.</param>
    /// <param name="Beta3">Weight of a new square.</param>
    /// <param name="Eps">Added to what is divided by.</param>
    public sealed record Adan(double Beta1 = 0.02, double Beta2 = 0.08, double Beta3 = 0.01, double Eps = 1e-8) : OptimizerRecipe;
}
