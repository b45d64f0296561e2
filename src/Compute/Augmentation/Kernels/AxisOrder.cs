using ActorSeg.Compute.Augmentation.Transforms;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Another order of axes, some of them reversed after that; axes that change places have one extent.</summary>
/// <param name="Z">Which axis of the source becomes axis 0.</param>
/// <param name="Y">Which becomes axis 1.</param>
/// <param name="X">Which becomes axis 2.</param>
/// <param name="Flips">Axes of the result that are reversed, bit 0 for axis 0.</param>
internal readonly record struct AxisOrder(int Z, int Y, int X, int Flips)
{
    /// <summary>Turns by a number of right angles from the first axis towards the second, as numpy's rot90 does.</summary>
    public static AxisOrder QuarterTurns(int quarters, int first, int second)
    {
        if (quarters % 2 == 0) return new AxisOrder(0, 1, 2, quarters == 2 ? (1 << first) | (1 << second) : 0);
        Span<int> order = [0, 1, 2];
        (order[first], order[second]) = (second, first);
        return new AxisOrder(order[0], order[1], order[2], 1 << (quarters == 1 ? first : second));
    }

    /// <summary>Brings the image and the label maps of a sample into this order.</summary>
    public void Apply(Sample sample)
    {
        for (var channel = 0; channel < sample.Channels; channel++) Apply(sample.Channel(channel), sample.Shape, sample.Memory);
        Apply(sample.Labels, sample.Shape, sample.Memory);
        if (!sample.Previous.IsEmpty) Apply(sample.Previous, sample.Shape, sample.Memory);
    }

    /// <summary>Brings one channel into this order.</summary>
    public void Apply<T>(Span<T> channel, VolumeShape shape, Workspace memory) where T : unmanaged
    {
        if ((Z, Y, X) != (0, 1, 2))
        {
            if (shape.Permute([Z, Y, X]) != shape) throw new ArgumentException($"axes of {shape} cannot change places as {Z}, {Y}, {X}", nameof(shape));
            using var source = memory.Take<T>(channel.Length);
            channel.CopyTo(source.Span);
            Permute(source.Span, channel, shape);
        }

        Flip.Axes(channel, shape, Flips);
    }

    private void Permute<T>(ReadOnlySpan<T> source, Span<T> target, VolumeShape shape)
    {
        Span<int> steps = [shape.Y * shape.X, shape.X, 1];
        var (stepZ, stepY, stepX) = (steps[Z], steps[Y], steps[X]);
        var at = 0;
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
            {
                var from = (z * stepZ) + (y * stepY);
                for (var x = 0; x < shape.X; x++, from += stepX) target[at++] = source[from];
            }
    }
}
