namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Picks the nearest voxel of a label map for each of fewer ones: source index floor((i + 0.5) x in / out) (spec 06 section 7.14).</summary>
internal sealed class NearestReduction(VolumeShape from, VolumeShape to)
{
    private readonly int[] _z = Picks(from.Z, to.Z), _y = Picks(from.Y, to.Y), _x = Picks(from.X, to.X);

    /// <summary>Extent of the result.</summary>
    public VolumeShape To => to;

    /// <summary>Whether nothing is left out.</summary>
    public bool IsIdentity => from == to;

    /// <summary>Picks.</summary>
    public void Apply(ReadOnlySpan<short> source, Span<short> target)
    {
        var at = 0;
        foreach (var z in _z)
            foreach (var y in _y)
            {
                var row = source.Slice(((z * from.Y) + y) * from.X, from.X);
                foreach (var x in _x) target[at++] = row[x];
            }
    }

    private static int[] Picks(int from, int to) => [.. Enumerable.Range(0, to).Select(i => Math.Min((int)((i + 0.5f) * ((float)from / to)), from - 1))];
}
