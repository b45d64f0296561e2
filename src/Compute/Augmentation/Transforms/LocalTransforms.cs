using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>Where a local change has its centre and how wide it is (spec 06 section 9).</summary>
/// <param name="Centre">On each axis, as a fraction of the patch; may lie beyond it.</param>
/// <param name="NarrowestPart">The patch's extent over this is the smallest standard deviation; the largest is the extent itself; log-uniform in between.</param>
internal readonly record struct LocalBlob(Between Centre, int NarrowestPart)
{
    /// <summary>Draws centre and width of each axis, axis 0 first; an axis of one voxel has none.</summary>
    public LocalKernel Draw(ref Philox random, VolumeShape shape)
    {
        var z = Axis(ref random, shape.Z);
        var y = Axis(ref random, shape.Y);
        return new LocalKernel(z, y, Axis(ref random, shape.X), shape);
    }

    /// <summary>Standard deviation in voxels, for an axis of this size. Thin axes, for which the reference has none, get at least one voxel.</summary>
    public double Sigma(ref Philox random, int size) => Math.Exp(random.Uniform(Math.Log(Math.Max(1, size / NarrowestPart)), Math.Log(size)));

    private (double Centre, double Sigma) Axis(ref Philox random, int size) =>
        size == 1 ? (0, double.PositiveInfinity) : (Centre.Draw(ref random) * size, Sigma(ref random, size));
}

/// <summary>Adds a smooth hill or hollow to some channels (spec 06 section 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Blob">Its shape.</param>
/// <param name="Strength">Its height.</param>
internal sealed record BrightnessGradientTransform(double Chance, double ChannelChance, LocalBlob Blob, EitherOf Strength)
    : SampleTransform(Purpose.BrightnessGradient, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
        {
            if (!random.Bernoulli(ChannelChance)) continue;
            var kernel = Blob.Draw(ref random, sample.Shape);
            kernel.AddTo(sample.Channel(channel), (float)Strength.Draw(ref random));
        }
    }
}

/// <summary>Raises some channels to a power, fully at one place and ever less around it (spec 06 section 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Blob">How it fades.</param>
/// <param name="Gamma">The power.</param>
internal sealed record LocalGammaTransform(double Chance, double ChannelChance, LocalBlob Blob, EitherOf Gamma) : SampleTransform(Purpose.LocalGamma, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
        {
            if (!random.Bernoulli(ChannelChance)) continue;
            var kernel = Blob.Draw(ref random, sample.Shape);
            kernel.Raise(sample.Channel(channel), Gamma.Draw(ref random));
        }
    }
}

/// <summary>Replaces boxes of some channels by their mean, one after the other (spec 06 section 9).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="ChannelChance">Of each channel of such a sample.</param>
/// <param name="Count">Boxes a channel.</param>
/// <param name="Edges">Edge lengths on each axis.</param>
internal sealed record BlankRectanglesTransform(double Chance, double ChannelChance, WholeBetween Count, IReadOnlyList<WholeBetween> Edges)
    : SampleTransform(Purpose.BlankRectangles, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++)
        {
            if (!random.Bernoulli(ChannelChance)) continue;
            for (var left = Count.Draw(ref random); left > 0; left--)
            {
                var (z, y, x) = (Extent(ref random, sample.Shape, 0), Extent(ref random, sample.Shape, 1), Extent(ref random, sample.Shape, 2));
                Rectangles.Blank(sample.Channel(channel), sample.Shape, new Box(new(z.Low, y.Low, x.Low), new(z.High, y.High, x.High)));
            }
        }
    }

    private (int Low, int High) Extent(ref Philox random, VolumeShape shape, int axis)
    {
        var edge = Edges[axis].Draw(ref random);
        var low = random.IntInclusive(0, shape[axis] - edge);
        return (low, low + edge);
    }
}
