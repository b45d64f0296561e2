namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// A ball or disk of any radius as skimage samples it (spec 06 section 7.11), as runs: on each of its rows the offsets that belong to it are neighbours. Offsets
/// are from the voxel that a same-sized correlation takes as its middle, which lies half a voxel beside the centre where the element has an even extent.
/// </summary>
internal sealed class StructuringElement
{
    private StructuringElement(int depth, int size, IReadOnlyList<Run> runs) => (Depth, Size, Runs) = (depth, size, runs);

    /// <summary>Extent on axis 0.</summary>
    public int Depth { get; }

    /// <summary>Extent on the other axes.</summary>
    public int Size { get; }

    /// <summary>Its rows.</summary>
    public IReadOnlyList<Run> Runs { get; }

    /// <summary>floor(2 r + 1) points an axis, evenly from -r to r.</summary>
    public static StructuringElement Ball(double radius)
    {
        var size = (int)((2 * radius) + 1);
        var step = (radius - -radius) / (size - 1);
        var at = Coordinates(size, i => (i * step) - radius);
        return new StructuringElement(size, size, [.. Enumerable.Range(0, size).SelectMany(z => Rows(at, z - Middle(size), at[z] * at[z], radius))]);
    }

    /// <summary>Points one voxel apart, from -r on, as far as they lie below r + 1; not symmetric where r is no whole number.</summary>
    public static StructuringElement Disk(double radius)
    {
        var size = (int)Math.Ceiling(radius + 1 + radius);
        var at = Coordinates(size, i => -radius + i);
        return new StructuringElement(1, size, [.. Rows(at, 0, 0, radius)]);
    }

    private static double[] Coordinates(int size, Func<int, double> at) => [.. Enumerable.Range(0, size).Select(at)];

    private static IEnumerable<Run> Rows(double[] at, int z, double squareZ, double radius)
    {
        for (var y = 0; y < at.Length; y++)
        {
            int[] inside = [.. Enumerable.Range(0, at.Length).Where(x => (at[x] * at[x]) + (at[y] * at[y]) + squareZ <= radius * radius)];
            if (inside.Length > 0) yield return new Run(z, y - Middle(at.Length), inside[0] - Middle(at.Length), inside[^1] - Middle(at.Length));
        }
    }

    private static int Middle(int size) => (size - 1) / 2;

    /// <summary>One row of an element.</summary>
    /// <param name="Z">Offset on axis 0.</param>
    /// <param name="Y">On axis 1.</param>
    /// <param name="First">The first on axis 2.</param>
    /// <param name="Last">The last on axis 2, which belongs to it.</param>
    internal readonly record struct Run(int Z, int Y, int First, int Last);
}
