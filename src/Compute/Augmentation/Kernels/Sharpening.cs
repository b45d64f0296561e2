using System.Numerics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Adds some of the Laplacian, edge voxels repeated beyond the edge (spec 06 section 9).</summary>
internal static unsafe class Sharpening
{
    /// <summary>Sharpens one channel in place.</summary>
    /// <param name="channel">C order.</param>
    /// <param name="shape">Its extent; an axis of one voxel adds nothing.</param>
    /// <param name="strength">How much of it.</param>
    /// <param name="memory">Two planes and a row are taken from it.</param>
    public static void Apply(Span<float> channel, VolumeShape shape, float strength, Workspace memory)
    {
        var (plane, width) = (shape.Y * shape.X, shape.X);
        using var scratch = memory.Take<float>((2L * plane) + width + 2);
        float* before = scratch.Start, now = before + plane, padded = now + plane;
        fixed (float* values = channel)
            for (var z = 0; z < shape.Z; z++)
            {
                // What was here before it was sharpened, and what was in the plane before.
                var here = values + ((long)z * plane);
                var last = before;
                before = now;
                now = last;
                new Span<float>(here, plane).CopyTo(new Span<float>(now, plane));
                var below = z == 0 ? now : before;
                var above = z == shape.Z - 1 ? now : here + plane;
                for (var y = 0; y < shape.Y; y++)
                {
                    var at = y * width;
                    new Span<float>(now + at, width).CopyTo(new Span<float>(padded + 1, width));
                    (padded[0], padded[width + 1]) = (padded[1], padded[width]);
                    var north = now + (y == 0 ? at : at - width);
                    var south = now + (y == shape.Y - 1 ? at : at + width);
                    Row(padded, north, south, below + at, above + at, here + at, width, strength);
                }
            }
    }

    private static void Row(float* middle, float* north, float* south, float* below, float* above, float* target, int width, float strength)
    {
        var x = 0;
        for (; x <= width - Vector<float>.Count; x += Vector<float>.Count)
        {
            var centre = Vector.Load(middle + 1 + x);
            var around = Vector.Load(middle + x) + Vector.Load(middle + 2 + x) + Vector.Load(north + x) + Vector.Load(south + x)
                + Vector.Load(below + x) + Vector.Load(above + x);
            (centre + (((centre * 6) - around) * strength)).Store(target + x);
        }

        for (; x < width; x++)
        {
            var around = middle[x] + middle[x + 2] + north[x] + south[x] + below[x] + above[x];
            target[x] = middle[x + 1] + (((middle[x + 1] * 6) - around) * strength);
        }
    }
}
