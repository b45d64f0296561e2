using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// Trades time for memory: of each part of a network, what goes in is kept for the backward pass and what it works out inside is not, but worked out again
/// when it is needed. Gradients are the same. Holds the parts' inputs between the two passes. Used from one thread at a time.
/// </summary>
public sealed class GradientCheckpointing : IDisposable
{
    private readonly List<CheckpointedPart> _open = [];
    // torch reads these after the callback has returned: they can go when the next one begins.
    private readonly List<Tensor> _handedOver = [];
    private ExceptionDispatchInfo? _failure;

    /// <summary>Runs a part of a network. A new tensor; the inputs stay the caller's.</summary>
    /// <param name="precision">That the network computes in.</param>
    /// <param name="state">All tensors of the part; names do not matter.</param>
    /// <param name="inputs">What goes in; it must not be changed before the backward pass.</param>
    /// <param name="compute">A new tensor from the inputs, the same one each time.</param>
    internal Tensor Run(Precision precision, IEnumerable<StateEntry> state, Tensor[] inputs, Func<Tensor[], Tensor> compute)
    {
        if (!is_grad_enabled()) return compute(inputs);
        using var scope = NewDisposeScope();
        var part = new CheckpointedPart(precision, [.. state.Select(entry => entry.Tensor).Distinct()], inputs, compute);
        _open.Add(part);
        return Function.apply([this, part, .. inputs, .. part.Parameters]).MoveToOuterDisposeScope();
    }

    /// <summary>Forgets what a step before has left: inputs of parts whose outputs had no gradient, and its last gradients.</summary>
    internal void Begin()
    {
        foreach (var part in _open) part.Dispose();
        _open.Clear();
        Forget();
        _failure = null;
    }

    /// <summary>Throws what went wrong within the last backward pass, through which no exception can pass; the gradients are not whole then.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    /// <inheritdoc/>
    public void Dispose() => Begin();

    private IReadOnlyList<Tensor?> Backward(CheckpointedPart part, Tensor gradient)
    {
        Forget();
        if (_failure is not null || gradient.IsInvalid) return part.NoGradients;
        try
        {
            var gradients = part.Backward(gradient);
            _handedOver.AddRange(gradients.OfType<Tensor>());
            return gradients;
        }
        catch (Exception e)
        {
            // Beyond this lies native code, which an exception would end the process in.
            _failure = ExceptionDispatchInfo.Capture(e);
            return part.NoGradients;
        }
        finally
        {
            gradient.Dispose();
            part.Dispose();
            _open.Remove(part);
        }
    }

    private void Forget()
    {
        foreach (var tensor in _handedOver) tensor.Dispose();
        _handedOver.Clear();
    }

    /// <summary>Where autograd calls back. It takes the owner and the part, then the tensors that gradients are wanted of.</summary>
    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(GradientCheckpointing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("owner", vars[0]);
            ctx.save_data("part", vars[1]);
            ctx.set_materialize_grads(false);
            return ((CheckpointedPart)vars[1]).Forward();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var gradients = ((GradientCheckpointing)ctx.get_data("owner")).Backward((CheckpointedPart)ctx.get_data("part"), grad_output);
            return [null!, null!, .. gradients.Select(gradient => gradient!)];
        }
    }
}
