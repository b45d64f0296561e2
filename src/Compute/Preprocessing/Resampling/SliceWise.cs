using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>
/// Resampling of strongly anisotropic volumes: each slice in plane with its own range, then across slices (spec 03 section 5.2). The slice axis is brought to the front,
/// which costs a copy of input and output where it is not there already.
/// </summary>
internal static class SliceWise
{
    public static void Image(ReadOnlySpan<float> source, VolumeShape shape, Span<float> target, VolumeShape to, int axis, ResamplingSpec spec, CancellationToken stop)
    {
        using var front = new Fronted<float>(source, shape, target, to, axis);
        var (from, wanted) = (front.Shape, front.Wanted);
        var (plane, reshaped) = (from.Y * from.X, wanted.Y * wanted.X);
        using var kept = from.Z == wanted.Z ? null : new Scratch<float>((long)from.Z * reshaped);
        var inPlane = kept is null ? front.Target(target) : kept.Span;
        var axes = Resize.Axes(new VolumeShape(1, from.Y, from.X), new VolumeShape(1, wanted.Y, wanted.X), spec.Order);
        for (var z = 0; z < from.Z; z++)
        {
            var slice = front.Source(source).Slice(z * plane, plane);
            Resize.Volume<float, float>(slice, new VolumeShape(1, from.Y, from.X), inPlane.Slice(z * reshaped, reshaped), axes, ValueRange.Of(slice), stop);
        }

        if (kept is not null)
            new AxisPass(AxisSampling.Spline(from.Z, wanted.Z, spec.OrderZ)).Run<float, float>(inPlane, front.Target(target), 1, reshaped, ValueRange.Any, stop);
        front.Finish(target);
    }

    public static void Labels(ReadOnlySpan<short> source, VolumeShape shape, Span<short> target, VolumeShape to, int axis, ResamplingSpec spec, CancellationToken stop)
    {
        using var front = new Fronted<short>(source, shape, target, to, axis);
        var (from, wanted) = (front.Shape, front.Wanted);
        var (plane, reshaped) = (from.Y * from.X, wanted.Y * wanted.X);
        using var kept = from.Z == wanted.Z ? null : new Scratch<short>((long)from.Z * reshaped);
        var inPlane = kept is null ? front.Target(target) : kept.Span;
        for (var z = 0; z < from.Z; z++)
        {
            stop.ThrowIfCancellationRequested();
            LabelResize.Default(
                front.Source(source).Slice(z * plane, plane), new VolumeShape(1, from.Y, from.X), inPlane.Slice(z * reshaped, reshaped), new VolumeShape(1, wanted.Y, wanted.X), spec.Order, stop);
        }

        if (kept is not null && spec.OrderZ == 0)
        {
            var rows = AxisSampling.Spline(from.Z, wanted.Z, 0).Rows;
            for (var z = 0; z < wanted.Z; z++) inPlane.Slice(rows[z] * reshaped, reshaped).CopyTo(front.Target(target)[(z * reshaped)..]);
        }
        else if (kept is not null) AcrossByMasks(inPlane, front.Target(target), from.Z, wanted.Z, reshaped, spec.OrderZ, stop);

        front.Finish(target);
    }

    // The rounded interpolation must exceed one half, so here a tie goes to nobody.
    private static void AcrossByMasks(ReadOnlySpan<short> inPlane, Span<short> across, int from, int to, int plane, int order, CancellationToken stop)
    {
        var pass = new AxisPass(AxisSampling.Spline(from, to, order));
        using var mask = new Scratch<float>(inPlane.Length);
        using var result = new Scratch<double>(across.Length);
        across.Clear();
        foreach (var label in LabelResize.Distinct(inPlane))
        {
            LabelResize.Mask(inPlane, label, mask.Span);
            pass.Run<float, double>(mask.Span, result.Span, 1, plane, ValueRange.Any, stop);
            for (var i = 0; i < across.Length; i++)
                if (Math.Round(result.Span[i], MidpointRounding.ToEven) > 0.5)
                    across[i] = label;
        }
    }

    // Source and target with the slice axis in front: themselves where it is there already, else copies.
    private sealed class Fronted<T> : IDisposable where T : unmanaged
    {
        private readonly int[] _order;
        private readonly Scratch<T>? _source, _target;

        public Fronted(ReadOnlySpan<T> source, VolumeShape shape, Span<T> target, VolumeShape to, int axis)
        {
            _order = [axis, .. Enumerable.Range(0, 3).Where(a => a != axis)];
            (Shape, Wanted) = (shape.Permute(_order), to.Permute(_order));
            if (axis == 0) return;
            (_source, _target) = (new Scratch<T>(source.Length), new Scratch<T>(target.Length));
            Axes.Permute(source, shape, _source.Span, _order);
        }

        public VolumeShape Shape { get; }

        public VolumeShape Wanted { get; }

        public ReadOnlySpan<T> Source(ReadOnlySpan<T> source) => _source is null ? source : _source.Span;

        public Span<T> Target(Span<T> target) => _target is null ? target : _target.Span;

        public void Finish(Span<T> target)
        {
            if (_target is not null) Axes.Permute<T>(_target.Span, Wanted, target, Axes.Inverse(_order));
        }

        public void Dispose()
        {
            _source?.Dispose();
            _target?.Dispose();
        }
    }
}
