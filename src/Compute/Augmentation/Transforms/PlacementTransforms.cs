using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Augmentation.Transforms;

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
        if (!sample.Previous.IsEmpty) Flip.Axes(sample.Previous, sample.Shape, flipped);
    }
}

/// <summary>Turns image and labels in one plane by a multiple of 90 degrees (spec 06 section 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="Axes">Two of these span the plane; all of one extent.</param>
internal sealed record QuarterTurnTransform(double Chance, IReadOnlyList<int> Axes) : SampleTransform(Purpose.QuarterTurn, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        var quarters = random.IntInclusive(0, 3);
        var first = random.IntInclusive(0, Axes.Count - 1);
        var second = random.IntInclusive(0, Axes.Count - 2);
        if (second >= first) second++;
        AxisOrder.QuarterTurns(quarters, Axes[Math.Min(first, second)], Axes[Math.Max(first, second)]).Apply(sample);
    }
}

/// <summary>Puts axes of image and labels into another order (spec 06 section 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="Axes">Those that change places; all of one extent.</param>
internal sealed record TransposeTransform(double Chance, IReadOnlyList<int> Axes) : SampleTransform(Purpose.Transpose, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        Span<int> order = [0, 1, 2];
        for (var last = Axes.Count - 1; last > 0; last--)
        {
            var other = random.IntInclusive(0, last);
            (order[Axes[last]], order[Axes[other]]) = (order[Axes[other]], order[Axes[last]]);
        }

        new AxisOrder(order[0], order[1], order[2], 0).Apply(sample);
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

/// <summary>Makes background of -1 in all label maps (spec 06 section 5, row 13). Draws nothing.</summary>
internal sealed record RemoveLabelTransform() : SampleTransform(Purpose.RemoveLabel, 1)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        Mask.RemoveLabel(sample.Labels);
        Mask.RemoveLabel(sample.Previous);
    }
}
