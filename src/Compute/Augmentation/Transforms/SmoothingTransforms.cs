using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>Blurs some channels (spec 06 sections 7.5 and 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Sigma">In voxels.</param>
/// <param name="SameForAxes">Whether one width is drawn for all axes of a channel, or one for each.</param>
internal sealed record BlurTransform(double Chance, double ChannelChance, Between Sigma, bool SameForAxes) : SampleTransform(Purpose.Blur, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
        {
            if (!random.Bernoulli(ChannelChance)) continue;
            var z = Sigma.Draw(ref random);
            var (y, x) = SameForAxes ? (z, z) : (Sigma.Draw(ref random), Sigma.Draw(ref random));
            SeparableFilter.Gaussian(sample.Shape, z, y, x).Apply(sample.Channel(channel), sample.Shape, sample.Memory);
        }
    }
}

/// <summary>Shows some channels as a coarser scan would have (spec 06 section 7.7).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Scale">The coarse scan's extent as a fraction, the same on all axes of a channel.</param>
/// <param name="InPlaneOnly">Whether axis 0 stays as it is.</param>
internal sealed record LowResolutionTransform(double Chance, double ChannelChance, Between Scale, bool InPlaneOnly) : SampleTransform(Purpose.LowResolution, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
            if (random.Bernoulli(ChannelChance))
                SeparableFilter.LowResolution(sample.Shape, Scale.Draw(ref random), InPlaneOnly).Apply(sample.Channel(channel), sample.Shape, sample.Memory);
    }
}

/// <summary>Takes the median of a cube around each voxel of some channels (spec 06 section 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Size">Edge of the cube in voxels.</param>
internal sealed record MedianTransform(double Chance, double ChannelChance, WholeBetween Size) : SampleTransform(Purpose.Median, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
            if (random.Bernoulli(ChannelChance))
                MedianFilter.Apply(sample.Channel(channel), sample.Shape, Size.Draw(ref random), sample.Memory);
    }
}

/// <summary>Sharpens some channels (spec 06 section 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Strength">How much of the Laplacian is added.</param>
internal sealed record SharpeningTransform(double Chance, double ChannelChance, Between Strength) : SampleTransform(Purpose.Sharpening, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
            if (random.Bernoulli(ChannelChance))
                Sharpening.Apply(sample.Channel(channel), sample.Shape, (float)Strength.Draw(ref random), sample.Memory);
    }
}
