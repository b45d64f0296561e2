using System.Globalization;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets;

/// <summary>Where two files of a case lie apart, and whether that is noise of one tool's rounding or something real.</summary>
/// <param name="Spacing">Whether the spacings differ beyond nnU-Net's tolerance (spec 01 section 5.1).</param>
/// <param name="Origin">Whether the origins do.</param>
/// <param name="Direction">Whether the direction cosines do.</param>
/// <param name="IsNoise">Whether something differs, and no number by more than <see cref="Bound"/>.</param>
public sealed record GeometryNoise(bool Spacing, bool Origin, bool Direction, bool IsNoise)
{
    /// <summary>
    /// The most that counts as noise: of a spacing relative, of an origin in mm, of a direction cosine as such. A voxel of a volume 1000 voxels wide
    /// moves by no more than about one voxel; what tools leave behind when they round is a thousandth of that.
    /// </summary>
    public const double Bound = 1e-3;

    /// <summary>Whether anything differs.</summary>
    public bool Any => Spacing || Origin || Direction;

    /// <summary>Compares a file with the first image of its case. Shapes are not looked at.</summary>
    public static GeometryNoise Between(ImageGeometry first, ImageGeometry other)
    {
        var (spacing, origin, direction) = (
            !GeometryComparison.Close(first.Spacing, other.Spacing), !GeometryComparison.Close(first.Origin, other.Origin),
            !GeometryComparison.Close(first.Direction, other.Direction));
        var small = Largest(first.Spacing.Select((s, i) => i < other.Spacing.Count ? (other.Spacing[i] - s) / s : double.NaN)) <= Bound
            && Apart(first.Origin, other.Origin) <= Bound && Apart(first.Direction, other.Direction) <= Bound;
        return new GeometryNoise(spacing, origin, direction, (spacing || origin || direction) && small);
    }

    /// <summary>The largest difference of two numbers at the same place; infinite where there are not as many.</summary>
    public static double Apart(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        a.Count == b.Count ? Largest(a.Zip(b, (x, y) => x - y)) : double.PositiveInfinity;

    /// <summary>Numbers as sentences show them; as many digits as it takes to tell them from others this far away.</summary>
    internal static string Text(IReadOnlyList<double> numbers, double apart)
    {
        var format = apart < 1e-3 ? "G10" : "G6";
        return $"({string.Join(", ", numbers.Select(n => n.ToString(format, CultureInfo.InvariantCulture)))})";
    }

    // Not a number counts as far away.
    private static double Largest(IEnumerable<double> differences) =>
        differences.Select(d => double.IsNaN(d) ? double.PositiveInfinity : Math.Abs(d)).DefaultIfEmpty(0).Max();
}
