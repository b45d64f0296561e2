namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>Weights of the two neighbours along each axis.</summary>
internal readonly record struct Neighbours(double Z0, double Z1, double Y0, double Y1, double X0, double X1);

/// <summary>How the eight neighbours of an output voxel decide on its label.</summary>
internal interface ILabelRule
{
    /// <summary>Decides on one voxel whose neighbours differ.</summary>
    /// <param name="labels">Labels of the eight neighbours, C order.</param>
    /// <param name="weights">Of the neighbours.</param>
    static abstract short Decide(ReadOnlySpan<short> labels, in Neighbours weights);
}

/// <summary>
/// Linear interpolation of a mask per label, without the masks: a mask's value at a voxel is the weight of those neighbours that carry its label, so
/// only the labels among eight neighbours matter. Work does not grow with the number of labels and nothing is held beside source and target.
/// </summary>
internal static class NeighbourVote
{
    /// <summary>Resamples a label map.</summary>
    /// <typeparam name="TRule">Who wins.</typeparam>
    /// <param name="source">C order.</param>
    /// <param name="z">Linear sampling of axis 0.</param>
    /// <param name="y">Linear sampling of axis 1.</param>
    /// <param name="x">Linear sampling of axis 2.</param>
    /// <param name="target">C order.</param>
    /// <param name="stop">Looked at once a slice.</param>
    public static void Run<TRule>(
        ReadOnlySpan<short> source, AxisSampling z, AxisSampling y, AxisSampling x, Span<short> target, CancellationToken stop)
        where TRule : struct, ILabelRule
    {
        for (var oz = 0; oz < z.To; oz++)
        {
            stop.ThrowIfCancellationRequested();
            var slice0 = Slice(source, z.Rows[2 * oz], y, x);
            var slice1 = Slice(source, z.Rows[(2 * oz) + 1], y, x);
            for (var oy = 0; oy < y.To; oy++)
            {
                var (y0, y1) = (y.Rows[2 * oy] * x.From, y.Rows[(2 * oy) + 1] * x.From);
                var weights = new Neighbours(z.Weights[2 * oz], z.Weights[(2 * oz) + 1], y.Weights[2 * oy], y.Weights[(2 * oy) + 1], 0, 0);
                RunRow<TRule>(
                    slice0.Slice(y0, x.From), slice0.Slice(y1, x.From), slice1.Slice(y0, x.From), slice1.Slice(y1, x.From), weights, x,
                    target.Slice(((oz * y.To) + oy) * x.To, x.To));
            }
        }
    }

    private static ReadOnlySpan<short> Slice(ReadOnlySpan<short> source, int index, AxisSampling y, AxisSampling x) =>
        source.Slice(index * y.From * x.From, y.From * x.From);

    private static void RunRow<TRule>(
        ReadOnlySpan<short> row00, ReadOnlySpan<short> row01, ReadOnlySpan<short> row10, ReadOnlySpan<short> row11, Neighbours weights, AxisSampling x,
        Span<short> target) where TRule : struct, ILabelRule
    {
        Span<short> labels = stackalloc short[8];
        var rows = x.Rows;
        for (var o = 0; o < target.Length; o++)
        {
            var (x0, x1) = (rows[2 * o], rows[(2 * o) + 1]);
            var label = row00[x0];
            var differ = (label ^ row00[x1]) | (label ^ row01[x0]) | (label ^ row01[x1])
                | (label ^ row10[x0]) | (label ^ row10[x1]) | (label ^ row11[x0]) | (label ^ row11[x1]);
            if (differ != 0)
            {
                (labels[0], labels[1], labels[2], labels[3]) = (label, row00[x1], row01[x0], row01[x1]);
                (labels[4], labels[5], labels[6], labels[7]) = (row10[x0], row10[x1], row11[x0], row11[x1]);
                label = TRule.Decide(labels, weights with { X0 = x.Weights[2 * o], X1 = x.Weights[(2 * o) + 1] });
            }

            target[o] = label;
        }
    }
}

/// <summary>
/// The default (spec 03 section 5.4): a label needs half of the weight, the larger of two that have it wins, and where none has it the voxel is 0. Products
/// and sums are in scipy's order, so that ties fall as they do there.
/// </summary>
internal readonly struct HalfOfWeight : ILabelRule
{
    /// <inheritdoc/>
    public static short Decide(ReadOnlySpan<short> labels, in Neighbours weights)
    {
        var (w00, w01, w10, w11) = (weights.Z0 * weights.Y0, weights.Z0 * weights.Y1, weights.Z1 * weights.Y0, weights.Z1 * weights.Y1);
        var (x0, x1) = (weights.X0, weights.X1);
        Span<double> parts = [w00 * x0, w00 * x1, w01 * x0, w01 * x1, w10 * x0, w10 * x1, w11 * x0, w11 * x1];
        var found = false;
        short best = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            if (found && labels[i] <= best) continue;
            var sum = 0.0;
            for (var j = 0; j < labels.Length; j++)
                if (labels[j] == labels[i])
                    sum += parts[j];
            if (sum >= 0.5) (best, found) = (labels[i], true);
        }

        return best;
    }
}

/// <summary>
/// The torch variant (spec 03 section 5.5): masks scaled to 1000 and stored as float16; above 700 a label wins at once, else the largest stored value,
/// the smaller label on ties.
/// </summary>
internal readonly struct TorchScore : ILabelRule
{
    private const float Scale = 1000, Certain = 700;

    /// <inheritdoc/>
    public static short Decide(ReadOnlySpan<short> labels, in Neighbours weights)
    {
        var (best, bestScore) = (labels[0], -1f);
        for (var i = 0; i < labels.Length; i++)
        {
            var score = (float)(Half)Score(labels, labels[i], weights, Scale);
            if (score > Certain) return labels[i];
            if (score > bestScore || (score == bestScore && labels[i] < best)) (best, bestScore) = (labels[i], score);
        }

        return best;
    }

    /// <summary>Value of a label's mask, as torch adds it up in float32.</summary>
    public static float Score(ReadOnlySpan<short> labels, short label, in Neighbours weights, float scale)
    {
        var (x0, x1) = ((float)weights.X0, (float)weights.X1);
        var (y0, y1) = ((float)weights.Y0, (float)weights.Y1);
        Span<float> rows = stackalloc float[4];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = (x0 * (labels[2 * i] == label ? scale : 0)) + (x1 * (labels[(2 * i) + 1] == label ? scale : 0));
        return ((float)weights.Z0 * ((y0 * rows[0]) + (y1 * rows[1]))) + ((float)weights.Z1 * ((y0 * rows[2]) + (y1 * rows[3])));
    }
}

/// <summary>The torch variant's memory-efficient form: more than half of the weight, or 0.</summary>
internal readonly struct TorchMajority : ILabelRule
{
    /// <inheritdoc/>
    public static short Decide(ReadOnlySpan<short> labels, in Neighbours weights)
    {
        foreach (var label in labels)
            if (TorchScore.Score(labels, label, weights, 1) > 0.5f)
                return label;
        return 0;
    }
}
