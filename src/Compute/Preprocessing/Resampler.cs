using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>STUB: replaced by the preprocessing work.</summary>
public static class Resampler
{
    /// <summary>Resamples images or logits; returns the input itself where the shape is already right.</summary>
    public static Volume<float> Resample(Volume<float> input, VolumeShape target, Spacing current, Spacing wanted, ResamplingSpec spec) => throw new NotImplementedException();

    /// <summary>Resamples a label map.</summary>
    public static Volume<short> ResampleLabels(Volume<short> input, VolumeShape target, Spacing current, Spacing wanted, ResamplingSpec spec) => throw new NotImplementedException();
}
