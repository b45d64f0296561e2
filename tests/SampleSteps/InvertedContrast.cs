using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.SampleSteps;

/// <summary>Normalises as nnU-Net does, then turns dark into bright.</summary>
public sealed class InvertedContrast : DefaultPreprocessor
{
    /// <inheritdoc/>
    public override void Normalize(int channel, Span<float> values, ReadOnlySpan<short> labels, Plans plans, Configuration configuration)
    {
        base.Normalize(channel, values, labels, plans, configuration);
        for (var i = 0; i < values.Length; i++) values[i] = -values[i];
    }
}

/// <summary>Never ends with the case whose voxels have the sum that the environment names, and heeds nobody who asks it to.</summary>
public sealed class HangingStep : DefaultPreprocessor
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "SAMPLE_STEPS_HANG";

    /// <summary>The value that an image is told by.</summary>
    public static string SumOf(Volume<float> image) => image.Data.Sum(value => (double)value).ToString("R", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override void Prepare(Volume<float> image, Volume<float>? labels, Configuration configuration)
    {
        if (Environment.GetEnvironmentVariable(Variable) == SumOf(image)) Thread.Sleep(Timeout.Infinite);
    }
}
