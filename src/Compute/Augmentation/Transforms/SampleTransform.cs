namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>
/// One row of a pipeline (spec 06 sections 5, 6 and 9): what it does to a sample in place, and how often. It draws from a stream of its own, so that
/// drawing more for one transform changes nothing in the next.
/// </summary>
/// <param name="Purpose">Names its stream.</param>
/// <param name="Chance">Of acting on a sample; one that always acts draws nothing for this.</param>
internal abstract record SampleTransform(Purpose Purpose, double Chance)
{
    /// <summary>Acts on a sample, or not.</summary>
    public void ApplyByChance(Philox random, Sample sample)
    {
        if (Chance >= 1 || random.Bernoulli(Chance)) Apply(ref random, sample);
    }

    /// <summary>Acts on a sample.</summary>
    protected abstract void Apply(ref Philox random, Sample sample);
}

/// <summary>One of several rows, each as likely as the others; its own chance comes on top.</summary>
internal sealed record OneOfTransform(Purpose Purpose, IReadOnlyList<SampleTransform> Choices) : SampleTransform(Purpose, 1)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        var choice = Choices[random.IntInclusive(0, Choices.Count - 1)];
        choice.ApplyByChance(random, sample);
    }
}
