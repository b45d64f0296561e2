namespace ActorSeg.Compute.Evaluation;

/// <summary>
/// The exact squared Euclidean distance of each voxel to the nearest marked one, axis by axis as the lower envelope of parabolas (Felzenszwalb and
/// Huttenlocher, Distance Transforms of Sampled Functions, 2012). Time and memory are linear in the voxels.
/// </summary>
internal static class DistanceMap
{
    /// <summary>Squared distances in mm.</summary>
    /// <param name="marked">C order; at least one is true.</param>
    /// <param name="shape">Their extent.</param>
    /// <param name="spacing">Distances of voxel centres along each axis, mm.</param>
    public static double[] SquaredTo(ReadOnlySpan<bool> marked, VolumeShape shape, Spacing spacing)
    {
        var squared = LargeArray.Uninitialized<double>(marked.Length);
        for (var i = 0; i < squared.Length; i++) squared[i] = marked[i] ? 0 : double.PositiveInfinity;
        var line = new Line(Math.Max(shape.Z, Math.Max(shape.Y, shape.X)));
        int[] strides = [shape.Y * shape.X, shape.X, 1];
        for (var axis = 2; axis >= 0; axis--)
        {
            if (shape[axis] == 1) continue;
            var (first, second) = (axis == 0 ? 1 : 0, axis == 2 ? 1 : 2);
            for (var i = 0; i < shape[first]; i++)
                for (var j = 0; j < shape[second]; j++)
                    line.Pass(squared.AsSpan((i * strides[first]) + (j * strides[second])), shape[axis], strides[axis], spacing[axis]);
        }

        return squared;
    }

    /// <summary>One line of voxels and its envelope; used for one line after the other.</summary>
    private sealed class Line(int longest)
    {
        private readonly double[] _heights = new double[longest];
        private readonly int[] _roots = new int[longest];

        // From where on each parabola is the lowest.
        private readonly double[] _from = new double[longest];

        public void Pass(Span<double> values, int count, int stride, double step)
        {
            for (var i = 0; i < count; i++) _heights[i] = values[i * stride];
            var last = -1;
            for (var i = 0; i < count; i++)
            {
                if (double.IsPositiveInfinity(_heights[i])) continue;
                var from = double.NegativeInfinity;
                while (last >= 0 && (from = Crossing(_roots[last], i, step)) <= _from[last]) last--;
                last++;
                (_roots[last], _from[last]) = (i, last == 0 ? double.NegativeInfinity : from);
            }

            if (last < 0) return;
            for (int i = 0, lowest = 0; i < count; i++)
            {
                while (lowest < last && _from[lowest + 1] <= i * step) lowest++;
                var away = (i - _roots[lowest]) * step;
                values[i * stride] = (away * away) + _heights[_roots[lowest]];
            }
        }

        // Where the parabola over a later place comes to lie below that over an earlier one.
        private double Crossing(int earlier, int later, double step)
        {
            var (a, b) = (earlier * step, later * step);
            return ((_heights[later] + (b * b)) - (_heights[earlier] + (a * a))) / (2 * (b - a));
        }
    }
}
