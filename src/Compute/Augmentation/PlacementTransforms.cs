namespace ActorSeg.Compute.Augmentation;

/// <summary>Mirrors image and labels; each axis by an even chance (spec 06 section 7.9).</summary>
/// <param name="Axes">Of the sample's three: those of a 2D patch are 1 and 2.</param>
internal sealed record MirrorTransform(IReadOnlyList<int> Axes) : SampleTransform(Purpose.Mirror, 1)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        var flipped = 0;
        foreach (var axis in Axes)
            if (random.Bernoulli(0.5))
                flipped |= 1 << axis;
        for (var channel = 0; channel < sample.Channels; channel++) Flip.Axes(sample.Channel(channel), sample.Shape, flipped);
        Flip.Axes(sample.Labels, sample.Shape, flipped);
    }
}

/// <summary>Sets channels that were normalised within the non-zero region to 0 outside it (spec 06 section 5, row 12). Draws nothing.</summary>
internal sealed record MaskTransform(IReadOnlyList<int> ChannelsToMask) : SampleTransform(Purpose.Mask, 1)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        foreach (var channel in ChannelsToMask) Mask.Apply(sample.Channel(channel), sample.Labels);
    }
}
