namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// One row of the training pipeline (spec 06 section 5): what it does to a sample in place, and how often. It draws from a stream of its own, so that
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

/// <summary>A sample in network size that is being augmented.</summary>
/// <param name="image">channels x voxels, C order.</param>
/// <param name="labels">One label map; -1 outside.</param>
/// <param name="shape">Of both; 2D has a leading 1.</param>
/// <param name="inPlaneOnly">2D, or slices too far apart for axis 0 to be treated like the others ("dummy 2D").</param>
internal readonly ref struct Sample(Span<float> image, Span<short> labels, VolumeShape shape, bool inPlaneOnly)
{
    public Span<float> Image { get; } = image;

    public Span<short> Labels { get; } = labels;

    public VolumeShape Shape { get; } = shape;

    public bool InPlaneOnly { get; } = inPlaneOnly;

    public int Channels => Image.Length / Labels.Length;

    public Span<float> Channel(int channel) => Image.Slice(channel * Labels.Length, Labels.Length);
}

/// <summary>A number drawn uniformly from a range.</summary>
internal readonly record struct Between(double Low, double High)
{
    public double Draw(ref Philox random) => random.Uniform(Low, High);
}

/// <summary>A factor below or above one with equal chances, whatever the widths of the two halves (BGContrast, spec 06 section 5).</summary>
internal readonly record struct AroundOne(double Low, double High)
{
    public double Draw(ref Philox random) => random.Bernoulli(0.5) ? random.Uniform(Low, 1) : random.Uniform(1, High);
}
