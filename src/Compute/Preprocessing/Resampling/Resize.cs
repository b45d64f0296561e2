namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>Separable resize of one channel, axis after axis in float64; axes whose extent stays are left alone.</summary>
internal static class Resize
{
    /// <summary>Splines of one order on all three axes.</summary>
    public static AxisSampling[] Axes(VolumeShape from, VolumeShape to, int order) =>
        [AxisSampling.Spline(from.Z, to.Z, order), AxisSampling.Spline(from.Y, to.Y, order), AxisSampling.Spline(from.X, to.X, order)];

    /// <summary>Resizes (axis 0, axis 1, axis 2); float results are clamped to <paramref name="range"/>.</summary>
    public static void Volume<TIn, TOut>(ReadOnlySpan<TIn> source, VolumeShape shape, Span<TOut> target, AxisSampling[] axes, ValueRange range, CancellationToken stop)
        where TIn : unmanaged where TOut : unmanaged
    {
        int[] extent = shape.ToArray();
        var todo = Enumerable.Range(0, 3).Where(axis => !axes[axis].IsIdentity).ToArray();
        if (todo.Length == 0)
        {
            // Nothing moves; one pass of a linear identity converts the type and clamps.
            new AxisPass(AxisSampling.Spline(extent[2], extent[2], 1)).Run(source, target, extent[0] * extent[1], 1, range, stop);
            return;
        }

        Scratch<double>? between = null;
        try
        {
            for (var n = 0; n < todo.Length; n++)
            {
                var axis = todo[n];
                var pass = new AxisPass(axes[axis]);
                var outer = extent[..axis].Aggregate(1, (a, b) => checked(a * b));
                var inner = extent[(axis + 1)..].Aggregate(1, (a, b) => checked(a * b));
                extent[axis] = axes[axis].To;
                if (n == todo.Length - 1)
                {
                    if (between is null) pass.Run(source, target, outer, inner, range, stop);
                    else pass.Run<double, TOut>(between.Span, target, outer, inner, range, stop);
                    return;
                }

                var next = new Scratch<double>(checked((long)extent[0] * extent[1] * extent[2]));
                var previous = between;
                between = next;
                using (previous)
                    if (previous is null) pass.Run<TIn, double>(source, next.Span, outer, inner, range, stop);
                    else pass.Run<double, double>(previous.Span, next.Span, outer, inner, range, stop);
            }
        }
        finally
        {
            between?.Dispose();
        }
    }
}
