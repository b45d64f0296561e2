using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Evaluation;

/// <summary>
/// Measures the outlines of each class. A voxel of a structure is on its surface when one of the voxels that share a face with it is not of the structure;
/// beyond the image's edge nothing is. An axis of one voxel has no such faces. Holds, beside the two maps, some 11 bytes a voxel of the box around a class.
/// </summary>
public static class SurfaceScore
{
    /// <summary>The bytes it holds at most for so many voxels.</summary>
    public static long PeakBytes(long voxels) => voxels * ((2 * sizeof(bool)) + sizeof(bool) + sizeof(double));

    /// <summary>Distances of each foreground class; voxels whose reference is the ignore label are of no structure.</summary>
    /// <param name="reference">Label values, C order.</param>
    /// <param name="prediction">As many.</param>
    /// <param name="shape">Their extent.</param>
    /// <param name="spacing">Array axis order, mm.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="tolerance">Of the surface Dice, mm, from 0.</param>
    /// <param name="stop">Looked at between classes.</param>
    public static IReadOnlyList<SurfaceDistances> Compute(
        ReadOnlySpan<float> reference, ReadOnlySpan<float> prediction, VolumeShape shape, Spacing spacing, LabelSet labels, double tolerance, CancellationToken stop)
    {
        var result = new List<SurfaceDistances>();
        var boxes = new ValueBoxes(shape);
        boxes.Add(reference);
        boxes.Add(prediction);
        foreach (var wanted in labels.ForegroundClasses)
        {
            stop.ThrowIfCancellationRequested();
            if (boxes.Around(wanted.Labels) is not { } found)
            {
                result.Add(SurfaceDistances.Of([], [], tolerance));
                continue;
            }

            var one = Surface(Mask(reference, reference, shape, found, wanted, labels.Ignore), found.Shape, shape);
            var two = Surface(Mask(prediction, reference, shape, found, wanted, labels.Ignore), found.Shape, shape);
            result.Add(SurfaceDistances.Of(Distances(one, two, found.Shape, spacing), Distances(two, one, found.Shape, spacing), tolerance));
        }

        return result;
    }

    // Of each marked voxel of the one to the nearest of the other.
    private static double[] Distances(bool[] from, bool[] to, VolumeShape shape, Spacing spacing)
    {
        var count = from.AsSpan().Count(true);
        if (count == 0 || !to.AsSpan().Contains(true)) return new double[count];
        var (squared, distances) = (DistanceMap.SquaredTo(to, shape, spacing), new double[count]);
        for (int i = 0, at = 0; i < from.Length; i++)
            if (from[i])
                distances[at++] = Math.Sqrt(squared[i]);
        return distances;
    }

    private static bool[] Mask(ReadOnlySpan<float> values, ReadOnlySpan<float> reference, VolumeShape shape, Box box, LabelClass wanted, int? ignore)
    {
        var mask = new bool[box.Shape.Voxels];
        var at = 0;
        for (var z = box.Low.Z; z < box.High.Z; z++)
            for (var y = box.Low.Y; y < box.High.Y; y++)
                for (var x = box.Low.X; x < box.High.X; x++, at++)
                {
                    var voxel = (((z * shape.Y) + y) * shape.X) + x;
                    mask[at] = Holds(values[voxel], reference[voxel], wanted, ignore);
                }

        return mask;
    }

    private static bool Holds(float value, float reference, LabelClass wanted, int? ignore)
    {
        if (ignore is { } ignored && reference == ignored) return false;
        foreach (var label in wanted.Labels)
            if (label == value)
                return true;
        return false;
    }

    // What lies outside the box is not of the structure, as what lies outside the image.
    private static bool[] Surface(bool[] mask, VolumeShape shape, VolumeShape image)
    {
        var surface = new bool[mask.Length];
        int plane = shape.Y * shape.X, row = shape.X, at = 0;
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
                for (var x = 0; x < shape.X; x++, at++)
                {
                    if (!mask[at]) continue;
                    surface[at] =
                        (image.Z > 1 && (z == 0 || z == shape.Z - 1 || !mask[at - plane] || !mask[at + plane]))
                        || (image.Y > 1 && (y == 0 || y == shape.Y - 1 || !mask[at - row] || !mask[at + row]))
                        || (image.X > 1 && (x == 0 || x == shape.X - 1 || !mask[at - 1] || !mask[at + 1]));
                }

        return surface;
    }
}
