namespace ActorSeg.Compute.Augmentation;

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

/// <summary>Each channel stretched about its mean, within its range (spec 06 section 7.6).</summary>
internal sealed record ContrastTransform(double Chance, AroundOne Factor) : SampleTransform(Purpose.Contrast, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++) Intensity.Contrast(sample.Channel(channel), (float)Factor.Draw(ref random));
    }
}

/// <summary>Each channel, or its negative, raised to a power of its own; mean and standard deviation stay (spec 06 section 7.8).</summary>
internal sealed record GammaTransform(double Chance, AroundOne Gamma, bool Inverted)
    : SampleTransform(Inverted ? Purpose.GammaInverted : Purpose.Gamma, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++) Intensity.Gamma(sample.Channel(channel), Gamma.Draw(ref random), Inverted);
    }
}
