using System.Numerics.Tensors;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>nnU-Net's normalisation schemes on one cropped, unresampled channel, in place (spec 03 section 4).</summary>
public static class IntensityNormalization
{
    private const float Epsilon = 1e-8f;

    /// <summary>Normalises a channel.</summary>
    /// <param name="scheme">Class name of the plans.</param>
    /// <param name="channel">float32 values.</param>
    /// <param name="labels">Label map of the same extent; -1 is outside the non-zero region. Looked at only with <paramref name="useMask"/>.</param>
    /// <param name="useMask">Statistics and change only where the label is not negative; z-score alone heeds it.</param>
    /// <param name="intensities">The data set's foreground intensities of this channel; CT alone needs them.</param>
    /// <exception cref="DataException">The scheme is unknown, or its input is not what it must be.</exception>
    public static void Apply(string scheme, Span<float> channel, ReadOnlySpan<short> labels, bool useMask, IntensityProperties? intensities)
    {
        switch (scheme)
        {
            case "ZScoreNormalization": ZScore(channel, useMask ? labels : default); break;
            case "CTNormalization": Ct(channel, intensities ?? throw new DataException("plans", "have no foreground_intensity_properties for a CT channel", "plan again")); break;
            case "NoNormalization": break;
            case "RescaleTo01Normalization": Rescale(channel); break;
            case "RGBTo01Normalization": Rgb(channel); break;
            default: throw new DataException("plans", $"name the normalisation '{scheme}'", "use one of ZScore-, CT-, No-, RescaleTo01- or RGBTo01Normalization");
        }
    }

    private static void ZScore(Span<float> channel, ReadOnlySpan<short> labels)
    {
        var (mean, deviation) = Moments.Of(channel, labels);
        Moments.Standardize(channel, labels, (float)mean, Math.Max((float)deviation, Epsilon));
    }

    private static void Ct(Span<float> channel, IntensityProperties p)
    {
        var (low, high, mean, deviation) = ((float)p.Percentile005, (float)p.Percentile995, (float)p.Mean, Math.Max((float)p.Std, Epsilon));
        TensorPrimitives.Clamp(channel, low, high, channel);
        Moments.Standardize(channel, [], mean, deviation);
    }

    private static void Rescale(Span<float> channel)
    {
        var low = TensorPrimitives.Min<float>(channel);
        var range = Math.Max(TensorPrimitives.Max<float>(channel) - low, Epsilon);
        Moments.Standardize(channel, [], low, range);
    }

    private static void Rgb(Span<float> channel)
    {
        foreach (var value in channel)
            if (value is < 0 or > 255)
                throw new DataException("image", $"has the value {value} in an RGB channel", "give 8-bit images (0 to 255), or name the channel so that another normalisation is chosen");
        TensorPrimitives.Divide(channel, 255f, channel);
    }
}
