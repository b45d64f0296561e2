namespace ActorSeg.Compute.Augmentation;

/// <summary>The transforms of one channel that mix neighbours, in place (spec 06 sections 7.5 and 7.7). Each needs scratch memory of the channel's
/// length.</summary>
internal static class Smoothing
{
    /// <summary>Blurs with one standard deviation, in voxels, an axis.</summary>
    public static void Blur(Span<float> x, VolumeShape shape, ReadOnlySpan<double> sigmas, Span<float> scratch)
    {
        for (var axis = 0; axis < 3; axis++)
            if (shape[axis] > 1)
                AxisFilter.Gaussian(shape[axis], sigmas[axis]).Apply(x, shape, axis, scratch);
    }

    /// <summary>Takes away what a scan of fewer voxels would not have shown.</summary>
    /// <param name="x">One channel.</param>
    /// <param name="shape">Its extent.</param>
    /// <param name="scale">Extent of the coarse scan as a fraction of this one's, on every axis that is scaled.</param>
    /// <param name="inPlaneOnly">Whether axis 0 stays as it is (2D, dummy 2D).</param>
    /// <param name="scratch">As long as the channel.</param>
    public static void LowResolution(Span<float> x, VolumeShape shape, double scale, bool inPlaneOnly, Span<float> scratch)
    {
        for (var axis = inPlaneOnly ? 1 : 0; axis < 3; axis++)
        {
            var reduced = Math.Max(1, (int)MathF.Round(shape[axis] * (float)scale, MidpointRounding.ToEven));
            if (reduced < shape[axis]) AxisFilter.LowResolution(shape[axis], reduced).Apply(x, shape, axis, scratch);
        }
    }
}
