namespace ActorSeg.Compute.Training;

/// <summary>Loss or gradients were not finite; the weights are as they were before the step.</summary>
public sealed class NonFiniteLossException(double loss, double gradientNorm, string? where = null)
    : Exception($"the loss is {loss} and the norm of its gradients {gradientNorm}; both must be finite{(where is null ? "" : $"; {where}")}")
{
    /// <summary>The loss.</summary>
    public double Loss { get; } = loss;

    /// <summary>L2 norm of all gradients.</summary>
    public double GradientNorm { get; } = gradientNorm;

    /// <summary>What is not finite first, and the ranges of the batch's channels; null where nobody looked.</summary>
    public string? Where { get; } = where;
}
