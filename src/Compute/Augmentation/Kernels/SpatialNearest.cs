namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Resamples an image channel or a label map through one affine map, each voxel from the nearest one (spec 06 sections 7.2, 7.3 and 10). C order.</summary>
internal static class SpatialNearest
{
    /// <summary>Resamples an image channel; 0 outside.</summary>
    /// <inheritdoc cref="SpatialImage.Linear"/>
    public static void Image(ReadOnlySpan<float> source, Window window, VolumeShape loaded, Span<float> target, VolumeShape to, Affine map, bool inPlaneOnly) =>
        Resample(source, window, loaded, target, to, map, inPlaneOnly, 0f, null);

    /// <summary>Resamples a label map; -1 outside, also where a voxel of the edge is nearest.</summary>
    /// <inheritdoc cref="SpatialImage.Linear"/>
    public static void Labels(ReadOnlySpan<short> source, Window window, VolumeShape loaded, Span<short> target, VolumeShape to, Affine map, bool inPlaneOnly) =>
        Resample(source, window, loaded, target, to, map, inPlaneOnly, (short)-1, new OutsideTest(loaded, inPlaneOnly));

    private static void Resample<T>(
        ReadOnlySpan<T> source, Window window, VolumeShape loaded, Span<T> target, VolumeShape to, Affine map, bool inPlaneOnly, T outside, OutsideTest? test)
    {
        if (inPlaneOnly && loaded.Z != to.Z) throw new ArgumentException($"{loaded.Z} slices cannot become {to.Z} in plane", nameof(to));
        if (window.IsEmpty)
        {
            target.Fill(outside);
            return;
        }

        var row = inPlaneOnly ? new SourceRow(loaded with { Z = 1 }, to with { Z = 1 }, map) : new SourceRow(loaded, to, map);
        var (low, size) = (window.Part.Low, window.Part.Shape);
        var at = 0;
        for (var z = 0; z < to.Z; z++)
            for (var y = 0; y < to.Y; y++)
            {
                row.Begin(inPlaneOnly ? 0 : z, y);
                for (var i = 0; i < to.X; i++, at++)
                {
                    var from = row.At(i);
                    int sz = (inPlaneOnly ? z : Nearest(from[0])) - low.Z, sy = Nearest(from[1]) - low.Y, sx = Nearest(from[2]) - low.X;
                    var within = (uint)sz < (uint)size.Z && (uint)sy < (uint)size.Y && (uint)sx < (uint)size.X && test?.IsOutside(from) != true;
                    target[at] = within ? source[(((sz * size.Y) + sy) * size.X) + sx] : outside;
                }
            }
    }

    // Halves to the even neighbour, as the reference's sampler rounds.
    private static int Nearest(float c) => (int)MathF.Round(c, MidpointRounding.ToEven);
}
