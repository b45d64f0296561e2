using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>
/// Resampling of strongly anisotropic volumes: each slice in plane with its own range, then across slices (spec 03 section 5.2). The slice axis is brought to the front,
/// which costs a copy of input and output where it is not there already.
/// </summary>
internal static class SliceWise
{
    public static void Image(ReadOnlySpan<float> source, VolumeShape shape, Span<float> target, VolumeShape to, int axis, ResamplingSpec spec, CancellationToken stop)
    {
        int[] order = [axis, .. Enumerable.Range(0, 3).Where(a => a != axis)];
        var (from, wanted) = (shape.Permute(order), to.Permute(order));
        var slices = axis == 0 ? source : ToFront(source, shape, order);
        var (plane, reshaped) = (from.Y * from.X, wanted.Y * wanted.X);
        var inPlane = new float[from.Z * reshaped];
        var axes = Resize.Axes(new VolumeShape(1, from.Y, from.X), new VolumeShape(1, wanted.Y, wanted.X), spec.Order);
        for (var z = 0; z < from.Z; z++)
        {
            var slice = slices.Slice(z * plane, plane);
            Resize.Volume<float, float>(slice, new VolumeShape(1, from.Y, from.X), inPlane.AsSpan(z * reshaped, reshaped), axes, ValueRange.Of(slice), stop);
        }

        var across = new float[wanted.Voxels];
        if (from.Z == wanted.Z) inPlane.CopyTo(across, 0);
        else
        {
            var z = AxisSampling.Spline(from.Z, wanted.Z, spec.OrderZ);
            new AxisPass(z).Run<float, float>(inPlane, across, 1, reshaped, ValueRange.Any, stop);
        }

        Back<float>(across, wanted, target, order);
    }

    public static void Labels(ReadOnlySpan<short> source, VolumeShape shape, Span<short> target, VolumeShape to, int axis, ResamplingSpec spec, CancellationToken stop)
    {
        int[] order = [axis, .. Enumerable.Range(0, 3).Where(a => a != axis)];
        var (from, wanted) = (shape.Permute(order), to.Permute(order));
        var slices = axis == 0 ? source : ToFront(source, shape, order);
        var (plane, reshaped) = (from.Y * from.X, wanted.Y * wanted.X);
        var inPlane = new short[from.Z * reshaped];
        for (var z = 0; z < from.Z; z++)
        {
            stop.ThrowIfCancellationRequested();
            LabelResize.Default(
                slices.Slice(z * plane, plane), new VolumeShape(1, from.Y, from.X), inPlane.AsSpan(z * reshaped, reshaped), new VolumeShape(1, wanted.Y, wanted.X), spec.Order, stop);
        }

        var across = new short[wanted.Voxels];
        if (from.Z == wanted.Z) inPlane.CopyTo(across, 0);
        else if (spec.OrderZ == 0)
        {
            var rows = AxisSampling.Spline(from.Z, wanted.Z, 0).Rows;
            for (var z = 0; z < wanted.Z; z++) inPlane.AsSpan(rows[z] * reshaped, reshaped).CopyTo(across.AsSpan(z * reshaped));
        }
        else AcrossByMasks(inPlane, across, from.Z, wanted.Z, reshaped, spec.OrderZ, stop);

        Back<short>(across, wanted, target, order);
    }

    // The rounded interpolation must exceed one half, so here a tie goes to nobody.
    private static void AcrossByMasks(short[] inPlane, short[] across, int from, int to, int plane, int order, CancellationToken stop)
    {
        var pass = new AxisPass(AxisSampling.Spline(from, to, order));
        var (mask, result) = (new float[inPlane.Length], new double[across.Length]);
        foreach (var label in LabelResize.Distinct(inPlane))
        {
            LabelResize.Mask(inPlane, label, mask);
            pass.Run<float, double>(mask, result, 1, plane, ValueRange.Any, stop);
            for (var i = 0; i < result.Length; i++)
                if (Math.Round(result[i], MidpointRounding.ToEven) > 0.5)
                    across[i] = label;
        }
    }

    private static ReadOnlySpan<T> ToFront<T>(ReadOnlySpan<T> source, VolumeShape shape, int[] order) where T : unmanaged
    {
        var result = new T[source.Length];
        Axes.Permute(source, shape, result, order);
        return result;
    }

    private static void Back<T>(T[] source, VolumeShape shape, Span<T> target, int[] order) where T : unmanaged
    {
        if (order[0] == 0) source.CopyTo(target);
        else Axes.Permute<T>(source, shape, target, Axes.Inverse(order));
    }
}
