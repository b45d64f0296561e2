
namespace ActorSeg.Compute.Augmentation;

/// <summary>Blurs some channels, with a width of its own for every axis (spec 06 section 7.5).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Sigma">In voxels.</param>
internal sealed record BlurTransform(double Chance, double ChannelChance, Between Sigma) : SampleTransform(Purpose.Blur, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        using var scratch = new Scratch<float>(sample.Labels.Length);
        Span<double> sigmas = stackalloc double[3];
        for (var channel = 0; channel < sample.Channels; channel++)
        {
            if (!random.Bernoulli(ChannelChance)) continue;
            foreach (ref var sigma in sigmas) sigma = Sigma.Draw(ref random);
            Smoothing.Blur(sample.Channel(channel), sample.Shape, sigmas, scratch.Span);
        }
    }
}

/// <summary>Shows some channels as a coarser scan would have (spec 06 section 7.7).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Scale">The coarse scan's extent as a fraction, the same on all axes of a channel.</param>
internal sealed record LowResolutionTransform(double Chance, double ChannelChance, Between Scale) : SampleTransform(Purpose.LowResolution, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        using var scratch = new Scratch<float>(sample.Labels.Length);
        for (var channel = 0; channel < sample.Channels; channel++)
            if (random.Bernoulli(ChannelChance))
                Smoothing.LowResolution(sample.Channel(channel), sample.Shape, Scale.Draw(ref random), sample.InPlaneOnly, scratch.Span);
    }
}
