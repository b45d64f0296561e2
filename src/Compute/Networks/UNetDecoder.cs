using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// The expanding half (spec 04 section 4): upsample, join with the skip, convolve, and a 1x1 segmentation layer a stage. Stage 0 is the lowest resolution.
/// </summary>
internal sealed class UNetDecoder
{
    private readonly ConvStack[] _stages;
    private readonly Upsampling[] _upsamplings;
    private readonly Convolution[] _segmentations;

    public UNetDecoder(ArchitectureSpec spec, int heads)
    {
        var count = spec.Stages - 1;
        var one = Operators.Ones(spec.Dimensions);
        (_stages, _upsamplings, _segmentations) = (new ConvStack[count], new Upsampling[count], new Convolution[count]);
        for (var d = 0; d < count; d++)
        {
            var target = count - 1 - d;
            var (features, below) = (spec.FeaturesPerStage[target], spec.FeaturesPerStage[target + 1]);
            // The kernel is that of the resolution it works at, not of the one below (spec 04, trap 11).
            _stages[d] = new ConvStack($"decoder.stages.{d}", spec.DecoderCounts[d], (2 * features, features), Operators.Longs(spec.KernelSizes[target]), one, spec);
            _upsamplings[d] = new Upsampling($"decoder.transpconvs.{d}", (below, features), Operators.Longs(spec.Strides[target + 1]), spec.ConvBias);
            _segmentations[d] = new Convolution($"decoder.seg_layers.{d}", (features, heads), one, one, hasBias: true);
        }
    }

    /// <summary>
    /// Logits, full resolution first: of every stage, or of the last alone. Takes the encoder's outputs and lets go of each as soon as it is used: autograd
    /// keeps what it needs itself, and prediction then holds a few full-resolution tensors rather than all of them.
    /// </summary>
    public List<Tensor> Forward(Tensor[] skips, bool everyStage, Pass pass)
    {
        var logits = new List<Tensor>();
        var x = skips[^1];
        for (var d = 0; d < _stages.Length; d++)
        {
            using var below = x;
            using var skip = skips[^(d + 2)];
            var (stage, upsampling) = (_stages[d], _upsamplings[d]);
            x = pass.Run(stage.State("").Concat(upsampling.State("")), [below, skip], inputs => Stage(stage, upsampling, inputs, pass.Training));
            if (everyStage || d == _stages.Length - 1) logits.Insert(0, _segmentations[d].Forward(x));
        }

        x.Dispose();
        return logits;
    }

    /// <summary>Entries in nnU-Net's order, without the encoder's.</summary>
    public IEnumerable<StateEntry> State() =>
        _stages.SelectMany((stage, d) => stage.State($"decoder.stages.{d}"))
            .Concat(_upsamplings.SelectMany((layer, d) => layer.State($"decoder.transpconvs.{d}")))
            .Concat(_segmentations.SelectMany((layer, d) => layer.State($"decoder.seg_layers.{d}")));

    private static Tensor Stage(ConvStack stage, Upsampling upsampling, Tensor[] belowAndSkip, BatchKey? training)
    {
        using var joined = Join(upsampling, belowAndSkip, training is not null);
        return stage.Forward(joined, training);
    }

    // The upsampled tensor first, then the skip: the other way round loads as well and gives nonsense (spec 04, trap 7).
    private static Tensor Join(Upsampling layer, Tensor[] belowAndSkip, bool training)
    {
        using var upsampled = layer.Forward(belowAndSkip[0], training);
        return cat([upsampled, belowAndSkip[1]], 1);
    }
}
