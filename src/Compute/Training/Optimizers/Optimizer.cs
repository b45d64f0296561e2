using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training.Optimizers;

/// <summary>
/// Moves a network's parameters by their gradients (spec 05 sections 3.1 and 4). Parameters without a gradient are left alone: neither decay nor momentum reaches
/// them, and nothing is kept for them. libtorch's fused kernels take all parameters in one call. Used from one thread.
/// </summary>
internal abstract class Optimizer : IDisposable
{
    // Keeps a vanishing norm from being divided by (spec 05 section 3.1).
    private const double NormFloor = 1e-6;

    private const string Advice = "resume with the plans and the trainer it was trained with";
    private readonly ISegmentationNetwork _network;
    private readonly IReadOnlyList<string> _slots;
    // By slot, then parameter; null where a parameter never had a gradient.
    private readonly Dictionary<string, Tensor?[]> _state;

    /// <param name="network">Whose parameters; they stay the network's.</param>
    /// <param name="weightDecay">On every parameter.</param>
    /// <param name="slots">The tensors kept for each, under torch's names.</param>
    protected Optimizer(ISegmentationNetwork network, double weightDecay, params IReadOnlyList<string> slots)
    {
        (_network, WeightDecay, _slots) = (network, weightDecay, slots);
        _state = slots.ToDictionary(slot => slot, _ => new Tensor?[network.Parameters.Count], StringComparer.Ordinal);
    }

    /// <summary>On every parameter.</summary>
    protected double WeightDecay { get; }

    /// <summary>How many values <see cref="Save"/> copies of each tensor, once every parameter had a gradient.</summary>
    public IEnumerable<int> SavedLengths => _slots.SelectMany(slot => _network.Parameters.Select(p => IsCounter(slot) ? 1 : checked((int)p.Value.NumberOfElements)));

    /// <summary>libtorch's kernels.</summary>
    protected jit.CompilationUnit Kernels { get; } = OptimizerKernels.Compile();

    /// <summary>The optimiser of a recipe.</summary>
    public static Optimizer Create(OptimizerRecipe recipe, ISegmentationNetwork network, double weightDecay) => recipe switch
    {
        OptimizerRecipe.Sgd sgd => new SgdOptimizer(network, sgd, weightDecay),
        OptimizerRecipe.Adam adam => new AdamOptimizer(network, adam, weightDecay),
        OptimizerRecipe.Adan adan => new AdanOptimizer(network, adan, weightDecay),
        _ => throw new ArgumentException($"no optimiser is known for {recipe}", nameof(recipe)),
    };

    /// <summary>Drops all gradients, as opposed to making them zero.</summary>
    public void ForgetGradients()
    {
        foreach (var (_, parameter) in _network.Parameters) parameter.grad = null;
    }

    /// <summary>Divides the gradients by what they were scaled by, shortens them to <paramref name="clip"/>, if they are longer, and takes one step.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="clip">Longest L2 norm of all gradients together.</param>
    /// <param name="scale">That the loss was multiplied by.</param>
    /// <returns>The norm they had. Where it is not finite, neither weights nor what is kept have changed.</returns>
    public double Step(double learningRate, double clip, double scale = 1)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor?[] gradients = [.. _network.Parameters.Select(p => p.Value.grad)];
        Tensor[] all = [.. gradients.OfType<Tensor>()];
        if (all.Length == 0) return 0;
        if (scale != 1) Kernels.invoke("scale", all, 1 / scale);
        double norm = ((Tensor)Kernels.invoke("norm", [all])!).item<float>();
        if (!double.IsFinite(norm)) return norm;
        if (clip / (norm + NormFloor) is < 1 and var shortening) Kernels.invoke("scale", all, shortening);

        // A parameter's first step is not like the others: the kernels have to know.
        foreach (var first in (bool[])[false, true])
        {
            int[] group = [.. Enumerable.Range(0, gradients.Length).Where(i => gradients[i] is not null && _state[_slots[0]][i] is null == first)];
            if (group.Length > 0) Move(group, [.. group.Select(i => _network.Parameters[i].Value)], [.. group.Select(i => gradients[i]!)], learningRate, first);
        }

        return norm;
    }

    /// <summary>What is kept for each parameter, copied to the host, in parameter order.</summary>
    /// <param name="arrays">Where the copies' memory is from; allocated when left out.</param>
    public IReadOnlyList<IReadOnlyList<OptimizerSlot>> Save(WarmArrays? arrays = null) =>
    [
        .. _network.Parameters.Select((p, i) => (IReadOnlyList<OptimizerSlot>)
            [.. _slots.Where(slot => _state[slot][i] is not null).Select(slot => new OptimizerSlot(slot, HostTensor.Read(p.Name, _state[slot][i]!, arrays)))]),
    ];

    /// <summary>Checks that a saved state fits the network and this optimiser.</summary>
    /// <exception cref="DataException">It has another number of parameters, other slots, or one has another shape than its parameter.</exception>
    public void Check(IReadOnlyList<IReadOnlyList<OptimizerSlot>> saved, string source)
    {
        if (saved.Count != _network.Parameters.Count)
            throw new DataException(source, $"has the optimizer's state of {saved.Count} parameters where the network has {_network.Parameters.Count}", Advice);
        for (var i = 0; i < saved.Count; i++)
        {
            var (name, parameter) = _network.Parameters[i];
            if (saved[i].Count == 0) continue;
            if (!saved[i].Select(s => s.Name).Order(StringComparer.Ordinal).SequenceEqual(_slots.Order(StringComparer.Ordinal)))
                throw new DataException(source, $"keeps {string.Join(", ", saved[i].Select(s => s.Name))} of '{name}' where this trainer's optimizer keeps {string.Join(", ", _slots)}", Advice);
            foreach (var slot in saved[i])
                if (!IsCounter(slot.Name) && (slot.Tensor is null ? "no values" : HostTensor.Mismatch(slot.Tensor, parameter)) is { } problem)
                    throw new DataException(source, $"has {slot.Name} of '{name}' with {problem}", Advice);
                else if (IsCounter(slot.Name) && slot.Tensor is not { Values.Length: 1 } && slot.Plain is not (long or double))
                    throw new DataException(source, $"has {slot.Name} of '{name}', which is no number", Advice);
        }
    }

    /// <summary>Takes a saved state that <see cref="Check"/> has passed.</summary>
    public void Load(IReadOnlyList<IReadOnlyList<OptimizerSlot>> saved)
    {
        Forget();
        for (var i = 0; i < saved.Count; i++)
            foreach (var slot in saved[i])
            {
                var tensor = _state[slot.Name][i] = IsCounter(slot.Name) ? NewCounter() : NewLike(_network.Parameters[i].Value);
                HostTensor.Write(tensor, slot.Tensor?.Values ?? [Convert.ToSingle(slot.Plain, System.Globalization.CultureInfo.InvariantCulture)]);
            }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        Kernels.Dispose();
    }

    /// <summary>One step of parameters that are all at their first or all beyond it.</summary>
    protected abstract void Move(int[] indices, Tensor[] parameters, Tensor[] gradients, double learningRate, bool first);

    /// <summary>The slot's tensors of these parameters, made with zeros where there are none yet.</summary>
    protected Tensor[] Slot(string name, int[] indices) =>
        [.. indices.Select(i => _state[name][i] ??= IsCounter(name) ? NewCounter() : NewLike(_network.Parameters[i].Value))];

    private static bool IsCounter(string slot) => slot == AdamOptimizer.Steps;

    private static Tensor NewCounter() => zeros([], ScalarType.Float32).DetachFromDisposeScope();

    private static Tensor NewLike(Tensor parameter)
    {
        using var plain = parameter.detach();
        return zeros_like(plain).DetachFromDisposeScope();
    }

    private void Forget()
    {
        foreach (var tensors in _state.Values)
        {
            foreach (var tensor in tensors) tensor?.Dispose();
            Array.Clear(tensors);
        }
    }
}
