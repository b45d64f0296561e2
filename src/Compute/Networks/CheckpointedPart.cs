using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>One run of a part of a network under <see cref="GradientCheckpointing"/>: what is needed to do it again.</summary>
internal sealed class CheckpointedPart : IDisposable
{
    private readonly Precision _precision;
    private readonly Func<Tensor[], Tensor> _compute;
    private readonly Tensor[] _inputs, _buffers;

    /// <param name="precision">That the network computes in.</param>
    /// <param name="state">Each tensor of the part once.</param>
    /// <param name="inputs">They stay the caller's; their values are kept.</param>
    /// <param name="compute">A new tensor from the inputs, the same one each time.</param>
    public CheckpointedPart(Precision precision, IReadOnlyList<StateTensor> state, Tensor[] inputs, Func<Tensor[], Tensor> compute)
    {
        (_precision, _compute) = (precision, compute);
        Parameters = [.. state.Where(tensor => tensor.Trained).Select(tensor => tensor.Value)];
        _buffers = [.. state.Where(tensor => !tensor.Trained).Select(tensor => tensor.Value)];
        // Detached, so that gradients end here; they are the same memory.
        _inputs = [.. inputs.Select(input => input.detach().requires_grad_(input.requires_grad).DetachFromDisposeScope())];
    }

    /// <summary>What is trained; it stays the network's.</summary>
    public Tensor[] Parameters { get; }

    /// <summary>Nothing for every input and parameter.</summary>
    public IReadOnlyList<Tensor?> NoGradients => new Tensor?[_inputs.Length + Parameters.Length];

    /// <summary>The first time, with the casts and statistics of the pass around it.</summary>
    public Tensor Forward() => _compute(_inputs);

    /// <summary>
    /// The second time, and the gradients of inputs and parameters, which no dispose scope owns; null where there is none. May be called on a thread of
    /// torch's own, which knows neither the caller's autocast nor its scopes.
    /// </summary>
    public IReadOnlyList<Tensor?> Backward(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor[] statistics = [.. _buffers.Select(buffer => buffer.clone())];
        Tensor[] wanted = [.. _inputs.Concat(Parameters).Where(tensor => tensor.requires_grad)];
        using var found = Again(wanted, gradient).GetEnumerator();

        // Batch norm has learnt from this batch the first time.
        using (no_grad())
            for (var i = 0; i < statistics.Length; i++)
                _buffers[i].copy_(statistics[i]);
        return [.. _inputs.Concat(Parameters).Select(tensor => tensor.requires_grad && found.MoveNext() && found.Current is { IsInvalid: false } one ? one.DetachFromDisposeScope() : null)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var input in _inputs) input.Dispose();
    }

    private IList<Tensor?> Again(Tensor[] wanted, Tensor gradient)
    {
        using var on = enable_grad();
        return [.. autograd.grad([Output()], wanted, [gradient], allow_unused: true)];
    }

    private Tensor Output()
    {
        using var casting = Autocast.Enter(_precision, _inputs[0].device_type);
        return _compute(_inputs);
    }
}
