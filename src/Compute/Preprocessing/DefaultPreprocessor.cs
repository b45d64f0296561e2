using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>
/// The steps of a case's preprocessing that can be replaced: nnU-Net's own here. A class of a user's derives from this one, overrides what it changes, has
/// a public constructor without arguments, and is named by the plans' <c>preprocessor_name</c> (docs/preprocessing.md). One instance serves all workers at
/// once, so it may keep no state that changes. The steps must be deterministic: a case that is made again must be the same to the byte.
/// </summary>
public class DefaultPreprocessor
{
    /// <summary>
    /// Called with the case as read and transposed, before the crop to non-zero. Does nothing here.
    /// </summary>
    /// <param name="image">float32, (channels, axis 0, axis 1, axis 2) in transposed order; may be changed in place.</param>
    /// <param name="labels">The reference label map on the same grid; null for cases to predict. May be changed in place.</param>
    /// <param name="configuration">That the case is made for.</param>
    public virtual void Prepare(Volume<float> image, Volume<float>? labels, Configuration configuration)
    {
    }

    /// <summary>Normalises one channel, cropped and not resampled yet, in place (spec 03 section 4).</summary>
    /// <param name="channel">Its number.</param>
    /// <param name="values">float32.</param>
    /// <param name="labels">Label map of the same extent; -1 is outside the non-zero region.</param>
    /// <param name="plans">Hold the data set's intensities.</param>
    /// <param name="configuration">Holds the scheme of each channel.</param>
    /// <exception cref="DataException">The scheme is unknown, or the values are not what it needs.</exception>
    public virtual void Normalize(int channel, Span<float> values, ReadOnlySpan<short> labels, Plans plans, Configuration configuration) =>
        IntensityNormalization.Apply(
            configuration.NormalizationSchemes[channel], values, labels, configuration.UseMaskForNorm[channel],
            channel < plans.Intensities.Count ? plans.Intensities[channel] : null);

    /// <summary>Called with the resampled label map after the class locations were drawn (nnU-Net's <c>modify_seg_fn</c>). Does nothing here.</summary>
    /// <param name="labels">One channel; may be changed in place.</param>
    /// <param name="configuration">That the case is made for.</param>
    public virtual void ModifyLabels(Volume<short> labels, Configuration configuration)
    {
    }

    /// <summary>Bytes that the overridden steps hold at most beside what they are given; they become part of the case's lease.</summary>
    /// <param name="shape">Of the raw image, transposed.</param>
    /// <param name="channels">Of the image.</param>
    public virtual long ExtraBytes(VolumeShape shape, int channels) => 0;
}
