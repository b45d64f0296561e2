using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Augmentation;

/// <summary>Label maps for the lower decoder outputs (spec 06 section 7.14).</summary>
internal static class DeepSupervisionTargets
{
    /// <summary>The extent of each output of the network, full resolution first: the patch divided by the strides so far, the bottleneck left out.</summary>
    public static IReadOnlyList<VolumeShape> Shapes(Configuration configuration, VolumeShape patch)
    {
        var shapes = new List<VolumeShape>();
        var divisor = new double[] { 1, 1, 1 };
        foreach (var stride in configuration.Architecture.Strides.Take(configuration.Architecture.Stages - 1))
        {
            for (var axis = 0; axis < stride.Count; axis++) divisor[axis + 3 - stride.Count] *= stride[axis];
            shapes.Add(new VolumeShape(Reduced(patch.Z, divisor[0]), Reduced(patch.Y, divisor[1]), Reduced(patch.X, divisor[2])));
        }

        return shapes;
    }

    /// <summary>Picks the nearest voxel: source index floor((i + 0.5) x in / out).</summary>
    public static void Downsample(ReadOnlySpan<short> source, VolumeShape from, Span<short> target, VolumeShape to)
    {
        if (from == to)
        {
            source.CopyTo(target);
            return;
        }

        var (zs, ys, xs) = (Picks(from.Z, to.Z), Picks(from.Y, to.Y), Picks(from.X, to.X));
        var at = 0;
        foreach (var z in zs)
            foreach (var y in ys)
            {
                var row = source.Slice(((z * from.Y) + y) * from.X, from.X);
                foreach (var x in xs) target[at++] = row[x];
            }
    }

    private static int Reduced(int size, double divisor) => (int)Math.Round(size * (1 / divisor), MidpointRounding.ToEven);

    private static int[] Picks(int from, int to) => [.. Enumerable.Range(0, to).Select(i => Math.Min((int)((i + 0.5f) * ((float)from / to)), from - 1))];
}
