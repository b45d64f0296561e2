using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>Normal noise of one standard deviation on all channels (spec 06 section 7.4).</summary>
internal sealed record NoiseTransform(double Chance, Between Sigma) : SampleTransform(Purpose.Noise, Chance)
{
    protected override void Apply(ref Philox random, Sample sample) => Intensity.Noise(sample.Image, (float)Sigma.Draw(ref random), ref random);
}

/// <summary>Each channel times a factor of its own (spec 06 section 7.6).</summary>
internal sealed record BrightnessTransform(double Chance, AroundOne Factor) : SampleTransform(Purpose.Brightness, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++) Intensity.Brightness(sample.Channel(channel), (float)Factor.Draw(ref random));
    }
}

/// <summary>A normal number of its own added to some channels (spec 06 sections 7.6 and 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Deviation">Of the number, about 0.</param>
internal sealed record AdditiveBrightnessTransform(double Chance, double ChannelChance, double Deviation) : SampleTransform(Purpose.AdditiveBrightness, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
            if (random.Bernoulli(ChannelChance))
                Intensity.Shift(sample.Channel(channel), (float)(Deviation * random.Normal()));
    }
}

/// <summary>Some channels stretched about their mean, each by a factor of its own (spec 06 section 7.6).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="Factor">Above one: more contrast.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="KeepRange">Whether nothing leaves the channel's range.</param>
internal sealed record ContrastTransform(double Chance, AroundOne Factor, double ChannelChance, bool KeepRange) : SampleTransform(Purpose.Contrast, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
            if (random.Bernoulli(ChannelChance))
                Intensity.Contrast(sample.Channel(channel), (float)Factor.Draw(ref random), KeepRange);
    }
}

/// <summary>Each channel, or its negative, raised to a power of its own; mean and standard deviation stay (spec 06 section 7.8).</summary>
/// <param name="Purpose">There may be several in a pipeline.</param>
/// <param name="Chance">Of a sample.</param>
/// <param name="Gamma">The power.</param>
/// <param name="Inverted">Whether the negative is raised.</param>
internal sealed record GammaTransform(Purpose Purpose, double Chance, AroundOne Gamma, bool Inverted) : SampleTransform(Purpose, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
            Intensity.Gamma(sample.Channel(channel), Gamma.Draw(ref random), Inverted, keepStatistics: true);
    }
}
