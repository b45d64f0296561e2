using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training;

/// <summary>
/// SGD with Nesterov's momentum and weight decay over a network's parameters (spec 05 section 4). Parameters without a gradient are left alone:
/// neither decay nor momentum reaches them. libtorch's fused kernels take all parameters in one call; TorchSharp has no name for them, TorchScript does.
/// </summary>
internal sealed class FusedSgd : IDisposable
{
    // A constant, so that it parses always or never: libtorch does not survive every script that does not. The empty last line is part of the language;
    // each function gives a tensor because invoke expects one.
    private const string Script = """
        def norm(g: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g)))
        def scale(g: List[Tensor], by: float) -> Tensor:
            torch._foreach_mul_(g, by)
            return g[0]
        def step(p: List[Tensor], g: List[Tensor], m: List[Tensor], lr: float, momentum: float, decay: float, first: bool) -> Tensor:
            torch._fused_sgd_(p, g, m, weight_decay=decay, momentum=momentum, lr=lr, dampening=0.0, nesterov=True, maximize=False, is_first_step=first)
            return p[0]

        """;

    // Keeps a vanishing norm from being divided by (spec 05 section 3.1).
    private const double NormFloor = 1e-6;

    private readonly UNet _network;
    private readonly double _momentum, _weightDecay;
    private readonly Tensor?[] _velocity;
    private readonly TorchSharp.torch.jit.CompilationUnit _kernels = jit.compile(Script);

    /// <summary>An optimiser of a network's parameters, which stay the network's.</summary>
    public FusedSgd(UNet network, double momentum, double weightDecay) =>
        (_network, _momentum, _weightDecay, _velocity) = (network, momentum, weightDecay, new Tensor?[network.Parameters.Count]);

    /// <summary>Drops all gradients, as opposed to making them zero.</summary>
    public void ForgetGradients()
    {
        foreach (var (_, parameter) in _network.Parameters) parameter.grad = null;
    }

    /// <summary>Shortens the gradients to <paramref name="clip"/>, if they are longer, and takes one step.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="clip">Longest L2 norm of all gradients together.</param>
    /// <returns>The norm they had. Where it is not finite, neither weights nor momentum have changed.</returns>
    public double Step(double learningRate, double clip)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor?[] gradients = [.. _network.Parameters.Select(p => p.Value.grad)];
        Tensor[] all = [.. gradients.OfType<Tensor>()];
        double norm = ((Tensor)_kernels.invoke("norm", [all])!).item<float>();
        if (!double.IsFinite(norm)) return norm;
        if (clip / (norm + NormFloor) is < 1 and var scale) _kernels.invoke("scale", all, scale);

        // The first velocity of a parameter is its gradient rather than momentum times zero plus gradient: the kernel has to know.
        foreach (var first in (bool[])[false, true])
        {
            int[] group = [.. Enumerable.Range(0, gradients.Length).Where(i => gradients[i] is not null && _velocity[i] is null == first)];
            if (group.Length > 0) Move(group, gradients, learningRate, first);
        }

        return norm;
    }

    /// <summary>Momentum on the host, in parameter order; null where a parameter never had a gradient.</summary>
    public IReadOnlyList<NamedTensor?> Save() =>
        [.. _network.Parameters.Select((p, i) => _velocity[i] is { } velocity ? HostTensor.Read(p.Name, velocity) : null)];

    /// <summary>Checks that saved momentum fits the network.</summary>
    /// <exception cref="DataException">There is another number of entries, or one has another shape than its parameter.</exception>
    public void Check(IReadOnlyList<NamedTensor?> momentum, string source)
    {
        const string advice = "resume with the plans it was trained with";
        if (momentum.Count != _velocity.Length)
            throw new DataException(source, $"has momentum for {momentum.Count} parameters where the network has {_velocity.Length}", advice);
        for (var i = 0; i < _velocity.Length; i++)
            if (momentum[i] is { } saved && HostTensor.Mismatch(saved, _network.Parameters[i].Value) is { } problem)
                throw new DataException(source, $"has momentum of '{_network.Parameters[i].Name}' with {problem}", advice);
    }

    /// <summary>Takes saved momentum that <see cref="Check"/> has passed.</summary>
    public void Load(IReadOnlyList<NamedTensor?> momentum)
    {
        Forget();
        for (var i = 0; i < _velocity.Length; i++)
        {
            if (momentum[i] is not { } saved) continue;
            using var parameter = _network.Parameters[i].Value.detach();
            _velocity[i] = empty_like(parameter).DetachFromDisposeScope();
            HostTensor.Write(_velocity[i]!, saved.Values);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _kernels.Dispose();
    }

    private void Move(int[] group, Tensor?[] gradients, double learningRate, bool first)
    {
        Tensor[] parameters = [.. group.Select(i => _network.Parameters[i].Value)];
        Tensor[] moving = [.. group.Select(i => gradients[i]!)];
        Tensor[] velocities = [.. group.Select(i => _velocity[i] ??= empty_like(gradients[i]!).DetachFromDisposeScope())];
        _kernels.invoke("step", parameters, moving, velocities, learningRate, _momentum, _weightDecay, first);
    }

    private void Forget()
    {
        foreach (var velocity in _velocity) velocity?.Dispose();
        Array.Clear(_velocity);
    }
}
