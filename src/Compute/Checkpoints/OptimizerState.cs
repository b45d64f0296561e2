using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>
/// An optimizer's state as torch lays it out, whichever optimizer it is of (spec 10 section 3.2): for each parameter named slots, such as SGD's
/// <c>momentum_buffer</c> or Adam's <c>step</c>, <c>exp_avg</c>, <c>exp_avg_sq</c> and <c>max_exp_avg_sq</c>; and groups of parameters with their settings.
/// </summary>
public sealed record OptimizerState
{
    /// <summary>The slot of SGD's momentum.</summary>
    public const string MomentumBuffer = "momentum_buffer";

    /// <summary>
    /// The slots of each parameter; none where one never had a gradient. The order is torch's, which counts through the groups: with a single group, as nnU-Net
    /// has, it is that of <see cref="Checkpoint.Weights"/>.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<OptimizerSlot>> Parameters { get; init; }

    /// <summary>The groups; each parameter is in one of them.</summary>
    public required IReadOnlyList<OptimizerGroup> Groups { get; init; }

    /// <summary>Whether any parameter has a slot.</summary>
    public bool HasSlots => Parameters.Any(slots => slots.Count > 0);

    /// <summary>nnU-Net's SGD with Nesterov's momentum, its group with the keys and in the order that torch writes.</summary>
    /// <param name="momentum">Of each parameter in the order of the weights; null where one never had a gradient.</param>
    /// <param name="learningRate">Last used.</param>
    /// <param name="initialLearningRate">The schedule's first.</param>
    /// <param name="momentumFactor">How much of the momentum stays in a step.</param>
    /// <param name="weightDecay">On every parameter.</param>
    public static OptimizerState Sgd(
        IReadOnlyList<NamedTensor?> momentum, double learningRate, double initialLearningRate = 0.01, double momentumFactor = 0.99, double weightDecay = 3e-5)
    {
        var settings = new PickleDict();
        foreach (var (key, value) in ((string, object?)[])
        [
            ("lr", learningRate), ("momentum", momentumFactor), ("dampening", 0L), ("weight_decay", weightDecay), ("nesterov", true), ("maximize", false),
            ("foreach", null), ("differentiable", false), ("fused", null), ("initial_lr", initialLearningRate),
        ]) settings.Add(key, value);
        return new OptimizerState
        {
            Parameters = [.. momentum.Select(m => (IReadOnlyList<OptimizerSlot>)(m is null ? [] : [new OptimizerSlot(MomentumBuffer, m)]))],
            Groups = [new OptimizerGroup(settings, [.. Enumerable.Range(0, momentum.Count)])],
        };
    }

    /// <summary>The tensor in that slot of each parameter; null where it has none.</summary>
    public IReadOnlyList<NamedTensor?> Tensors(string slot) => [.. Parameters.Select(slots => slots.FirstOrDefault(s => s.Name == slot)?.Tensor)];
}

/// <summary>One thing an optimizer keeps for a parameter.</summary>
/// <param name="Name">Such as <c>exp_avg</c>.</param>
/// <param name="Tensor">Under the parameter's name where there is one group; null where the slot holds no tensor.</param>
/// <param name="Plain">Otherwise null or a bool, long or double: Adam's <c>step</c> before torch 1.12, an empty <c>momentum_buffer</c>.</param>
public sealed record OptimizerSlot(string Name, NamedTensor? Tensor, object? Plain = null);

/// <summary>Parameters that share their settings.</summary>
/// <param name="Settings">
/// All but <c>params</c>, in the file's order, as plain Python values: <c>lr</c>, <c>weight_decay</c>, <c>momentum</c>, <c>betas</c>, <c>amsgrad</c>, ...
/// </param>
/// <param name="Parameters">Which ones.</param>
public sealed record OptimizerGroup(PickleDict Settings, IReadOnlyList<int> Parameters)
{
    /// <summary>A setting that is a number; null where there is none.</summary>
    public double? Number(string key) => PickleFields.Number(Settings[key]);
}
