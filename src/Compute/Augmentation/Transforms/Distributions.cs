namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>A number drawn uniformly from a range.</summary>
internal readonly record struct Between(double Low, double High)
{
    public double Draw(ref Philox random) => random.Uniform(Low, High);
}

/// <summary>A whole number drawn uniformly from a range, both ends included.</summary>
internal readonly record struct WholeBetween(int Low, int High)
{
    public int Draw(ref Philox random) => random.IntInclusive(Low, High);
}

/// <summary>A factor below or above one with equal chances, whatever the widths of the two halves (BGContrast, spec 06 section 5).</summary>
internal readonly record struct AroundOne(double Low, double High)
{
    public double Draw(ref Philox random) => random.Bernoulli(0.5) && Low < 1 ? random.Uniform(Low, 1) : random.Uniform(Math.Max(Low, 1), High);
}

/// <summary>A number from one of two ranges, with equal chances.</summary>
internal readonly record struct EitherOf(Between First, Between Second)
{
    public double Draw(ref Philox random) => random.Bernoulli(0.5) ? First.Draw(ref random) : Second.Draw(ref random);
}
