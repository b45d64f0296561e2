using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>The normalisation after a convolution: over each sample's own values, or over the batch with running statistics for prediction.</summary>
internal sealed class Norm
{
    private readonly ArchitectureSpec _spec;
    private readonly StateTensor? _weight, _bias, _mean, _variance, _count;

    /// <param name="path">Module path, such as <c>encoder.stages.0.0.convs.0.norm</c>.</param>
    /// <param name="channels">Of its input.</param>
    /// <param name="spec">Which, its epsilon, and whether it scales and shifts.</param>
    /// <param name="scale">Zero for the last norm of a residual block, which then starts as its skip alone.</param>
    public Norm(string path, int channels, ArchitectureSpec spec, Start scale)
    {
        _spec = spec;
        if (spec.NormAffine)
        {
            _weight = new StateTensor($"{path}.weight", [channels], scale);
            _bias = new StateTensor($"{path}.bias", [channels], Start.Zero);
        }

        if (spec.Norm != NormKind.Batch) return;
        _mean = new StateTensor($"{path}.running_mean", [channels], Start.Zero, trained: false);
        _variance = new StateTensor($"{path}.running_var", [channels], Start.One, trained: false);
        _count = new StateTensor($"{path}.num_batches_tracked", [], Start.Zero, trained: false);
    }

    /// <summary>The tensors under their last names, in torch's order.</summary>
    public IEnumerable<(string Name, StateTensor Tensor)> State =>
        from part in new[] { ("weight", _weight), ("bias", _bias), ("running_mean", _mean), ("running_var", _variance), ("num_batches_tracked", _count) }
        where part.Item2 is not null
        select (part.Item1, part.Item2!);

    /// <summary>A new tensor; the input stays the caller's.</summary>
    /// <param name="input">(batch, channels, axes...).</param>
    /// <param name="training">Batch norm takes the batch's statistics and keeps a running mean of them.</param>
    public Tensor Forward(Tensor input, bool training)
    {
        if (_spec.Norm == NormKind.Instance)
            return nn.functional.instance_norm(input, null, null, _weight?.Value, _bias?.Value, use_input_stats: true, momentum: _spec.NormMomentum, eps: _spec.NormEps);
        if (training)
        {
            using var noGradient = no_grad();
            _count!.Value.add_(1);
        }

        return nn.functional.batch_norm(input, _mean!.Value, _variance!.Value, _weight?.Value, _bias?.Value, training, _spec.NormMomentum, _spec.NormEps);
    }
}
