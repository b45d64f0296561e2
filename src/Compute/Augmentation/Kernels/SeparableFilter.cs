using System.Numerics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// Three axis filters in one pass over a channel, in place: planes are filtered within as they are read, and those that a plane of the result is made of
/// wait in a ring, which stays in the processor's cache.
/// </summary>
/// <param name="z">Along axis 0; null leaves it as it is.</param>
/// <param name="y">Along axis 1.</param>
/// <param name="x">Along axis 2.</param>
internal readonly unsafe struct SeparableFilter(AxisFilter? z, AxisFilter? y, AxisFilter? x)
{
    /// <summary>Blurs with one standard deviation, in voxels, an axis (spec 06 section 7.5).</summary>
    public static SeparableFilter Gaussian(VolumeShape shape, double sigmaZ, double sigmaY, double sigmaX)
    {
        return new SeparableFilter(Of(shape.Z, sigmaZ), Of(shape.Y, sigmaY), Of(shape.X, sigmaX));

        static AxisFilter? Of(int size, double sigma) => size > 1 ? AxisFilter.Gaussian(size, sigma) : null;
    }

    /// <summary>Takes away what a scan of fewer voxels would not have shown (spec 06 section 7.7).</summary>
    /// <param name="shape">Of the channel.</param>
    /// <param name="scale">Extent of the coarse scan as a fraction of this one's, on every axis that is scaled.</param>
    /// <param name="inPlaneOnly">Whether axis 0 stays as it is.</param>
    public static SeparableFilter LowResolution(VolumeShape shape, double scale, bool inPlaneOnly)
    {
        return new SeparableFilter(inPlaneOnly ? null : Of(shape.Z), Of(shape.Y), Of(shape.X));

        AxisFilter? Of(int size)
        {
            var reduced = Math.Max(1, (int)MathF.Round(size * (float)scale, MidpointRounding.ToEven));
            return reduced < size ? AxisFilter.LowResolution(size, reduced) : null;
        }
    }

    /// <summary>Filters a channel.</summary>
    /// <param name="channel">C order.</param>
    /// <param name="shape">Its extent.</param>
    /// <param name="memory">Some planes are taken from it.</param>
    public void Apply(Span<float> channel, VolumeShape shape, Workspace memory)
    {
        if (z is null && y is null && x is null) return;
        var plane = shape.Y * shape.X;
        var ring = z is null ? 1 : (int)BitOperations.RoundUpToPowerOf2((uint)(z.Ahead + z.Behind + 1));
        using var scratch = memory.Take<float>(((ring + 1L) * plane) + shape.X + (x is null ? 0 : x.Ahead + x.Behind));
        float* rows = scratch.Start, planes = rows + plane;
        var padded = scratch.Span[((ring + 1) * plane)..];
        fixed (float* values = channel)
            if (z is null)
                for (var i = 0; i < shape.Z; i++)
                    Within(values + ((long)i * plane), rows, values + ((long)i * plane), shape, padded);
            else
                for (int i = 0, read = 0; i < shape.Z; i++)
                {
                    // Everything that this plane of the result needs has been read before it is written.
                    for (; read <= Math.Min(i + z.Ahead, shape.Z - 1); read++)
                        Within(values + ((long)read * plane), rows, planes + ((long)(read & (ring - 1)) * plane), shape, padded);
                    z.Line(i, planes, ring - 1, plane, values + ((long)i * plane));
                }
    }

    // One plane, through rows into the target, which may be the source.
    private void Within(float* source, float* rows, float* target, VolumeShape shape, Span<float> padded)
    {
        var plane = shape.Y * shape.X;
        if (x is null) new Span<float>(source, plane).CopyTo(new Span<float>(y is null ? target : rows, plane));
        else
            for (var i = 0; i < plane; i += shape.X)
                x.Row(new Span<float>(source + i, shape.X), new Span<float>(rows + i, shape.X), padded);
        if (y is not null)
            for (var i = 0; i < shape.Y; i++)
                y.Line(i, rows, -1, shape.X, target + (i * shape.X));
        else if (x is not null) new Span<float>(rows, plane).CopyTo(new Span<float>(target, plane));
    }
}
