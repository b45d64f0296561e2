namespace ActorSeg.Compute.Imaging;

/// <summary>When two images count as lying in the same place (spec 01 section 5.1).</summary>
public static class GeometryComparison
{
    /// <summary>Whether each pair of numbers differs by at most 1e-8 + 1e-5 of the second.</summary>
    public static bool Close(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        if (a.Count != b.Count) return false;
        for (var i = 0; i < a.Count; i++)
            if (!(Math.Abs(a[i] - b[i]) <= 1e-8 + (1e-5 * Math.Abs(b[i]))))
                return false;
        return true;
    }
}
