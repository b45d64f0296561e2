namespace ActorSeg.Compute.Datasets;

/// <summary>Which values a label map holds.</summary>
public static class LabelScan
{
    /// <summary>More values than this are not kept: whatever the file is, it is no label map then.</summary>
    public const int MostValues = 1000;

    private const int Dense = 1 << 16;

    /// <summary>Each value once, ascending, at most <see cref="MostValues"/>; and how many voxels are not a number.</summary>
    public static (IReadOnlyList<float> Values, long NaN) Of(ReadOnlySpan<float> voxels)
    {
        var (seen, others, nan) = (new bool[Dense], new HashSet<float>(), 0L);
        foreach (var value in voxels)
        {
            if (float.IsNaN(value)) nan++;
            else if (value is >= 0 and < Dense && value == (int)value) seen[(int)value] = true;
            else if (others.Count < MostValues) others.Add(value);
        }

        var whole = Enumerable.Range(0, Dense).Where(i => seen[i]).Select(i => (float)i);
        return ([.. whole.Concat(others).Order().Take(MostValues)], nan);
    }
}
