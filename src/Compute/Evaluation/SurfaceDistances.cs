namespace ActorSeg.Compute.Evaluation;

/// <summary>
/// Distances between the outlines of a class in prediction and reference, in mm (docs/evaluation.md gives the definitions). All are NaN where the class is in
/// neither; where it is in one alone the distances are infinite and the surface Dice 0.
/// </summary>
/// <param name="Hausdorff">The largest distance from a surface voxel of either to the other's surface.</param>
/// <param name="Hausdorff95">The larger of the 95th percentiles of both directions.</param>
/// <param name="AverageSymmetric">The mean over the surface voxels of both.</param>
/// <param name="SurfaceDice">The fraction of the surface voxels of both that lie within the tolerance of the other's surface.</param>
public sealed record SurfaceDistances(double Hausdorff, double Hausdorff95, double AverageSymmetric, double SurfaceDice)
{
    private const double Percentile = 0.95;

    /// <summary>The figures under their names in summary.json.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> All => [new("ASSD", AverageSymmetric), new("HD", Hausdorff), new("HD95", Hausdorff95), new("SurfaceDice", SurfaceDice)];

    /// <summary>From the distances of each surface voxel to the other's surface, which are sorted in place.</summary>
    /// <param name="there">Of the reference's surface voxels; empty where it lacks the class.</param>
    /// <param name="back">Of the prediction's.</param>
    /// <param name="tolerance">mm.</param>
    internal static SurfaceDistances Of(double[] there, double[] back, double tolerance)
    {
        if (there.Length == 0 && back.Length == 0) return new SurfaceDistances(double.NaN, double.NaN, double.NaN, double.NaN);
        if (there.Length == 0 || back.Length == 0) return new SurfaceDistances(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity, 0);
        Array.Sort(there);
        Array.Sort(back);
        double count = there.Length + back.Length;
        return new SurfaceDistances(
            Math.Max(there[^1], back[^1]), Math.Max(At(there, Percentile), At(back, Percentile)), (there.Sum() + back.Sum()) / count,
            (Within(there, tolerance) + Within(back, tolerance)) / count);
    }

    // Between the two nearest values where the place lies between them, as numpy's default has it.
    private static double At(double[] sorted, double fraction)
    {
        var place = fraction * (sorted.Length - 1);
        var (below, part) = ((int)place, place - Math.Floor(place));
        var (low, high) = (sorted[below], sorted[Math.Min(below + 1, sorted.Length - 1)]);
        return part < 0.5 ? low + ((high - low) * part) : high - ((high - low) * (1 - part));
    }

    private static int Within(double[] sorted, double tolerance)
    {
        var count = 0;
        while (count < sorted.Length && sorted[count] <= tolerance) count++;
        return count;
    }
}
