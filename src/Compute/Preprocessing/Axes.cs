namespace ActorSeg.Compute.Preprocessing;

/// <summary>Permutes the axes of one channel, as numpy's transpose does.</summary>
public static class Axes
{
    /// <summary>The permutation that undoes <paramref name="order"/>.</summary>
    public static int[] Inverse(IReadOnlyList<int> order) => [.. Enumerable.Range(0, 3).Select(axis => order.ToList().IndexOf(axis))];

    /// <summary>Whether nothing moves.</summary>
    public static bool IsIdentity(IReadOnlyList<int> order) => order[0] == 0 && order[1] == 1 && order[2] == 2;

    /// <summary>Copies so that the target's axis i is the source's axis <c>order[i]</c>.</summary>
    /// <param name="source">C order.</param>
    /// <param name="shape">The source's extent.</param>
    /// <param name="target">C order, as many values.</param>
    /// <param name="order">A permutation of 0, 1, 2.</param>
    public static void Permute<T>(ReadOnlySpan<T> source, VolumeShape shape, Span<T> target, IReadOnlyList<int> order) where T : unmanaged
    {
        if (IsIdentity(order))
        {
            source.CopyTo(target);
            return;
        }

        int[] strides = [shape.Y * shape.X, shape.X, 1];
        var to = shape.Permute(order);
        var (sz, sy, sx) = (strides[order[0]], strides[order[1]], strides[order[2]]);
        var at = 0;
        for (var z = 0; z < to.Z; z++)
            for (var y = 0; y < to.Y; y++)
            {
                var from = (z * sz) + (y * sy);
                if (sx == 1) source.Slice(from, to.X).CopyTo(target[at..]);
                else
                    for (var x = 0; x < to.X; x++)
                        target[at + x] = source[from + (x * sx)];
                at += to.X;
            }
    }
}
