using System.Runtime.CompilerServices;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// The label whose indicator, interpolated linearly and rounded to half precision, is largest; the lower one on ties (spec 06 section 7.2). Only the labels at
/// the corners around a point can win, so no indicator is ever made.
/// </summary>
internal static class LabelVote
{
    private const float Indicator = 1000;

    /// <summary>The label at a point of a label map.</summary>
    /// <param name="source">The map, C order.</param>
    /// <param name="from">Its extent.</param>
    /// <param name="cz">Axis 0 of the point, voxels.</param>
    /// <param name="cy">Axis 1.</param>
    /// <param name="cx">Axis 2.</param>
    /// <param name="lowest">The answer where no corner lies inside.</param>
    public static short At(ReadOnlySpan<short> source, VolumeShape from, float cz, float cy, float cx, short lowest)
    {
        int z = (int)MathF.Floor(cz), y = (int)MathF.Floor(cy), x = (int)MathF.Floor(cx);
        var single = from.Z == 1 && z == 0;
        if ((single || (uint)z < (uint)(from.Z - 1)) && (uint)y < (uint)(from.Y - 1) && (uint)x < (uint)(from.X - 1))
        {
            // Most points lie within one label. A single slice is its own neighbour here.
            int row = from.X, plane = single ? 0 : from.Y * from.X;
            var corner = source.Slice((z * plane) + (y * row) + x, plane + row + 2);
            var first = corner[0];
            if (((first ^ corner[1]) | (first ^ corner[row]) | (first ^ corner[row + 1]) | (first ^ corner[plane]) | (first ^ corner[plane + 1])
                | (first ^ corner[plane + row]) | (first ^ corner[plane + row + 1])) == 0)
                return first;
        }

        return Count(source, from, (z, y, x), (cz - z, cy - y, cx - x), lowest);
    }

    [SkipLocalsInit]
    private static short Count(ReadOnlySpan<short> source, VolumeShape from, (int Z, int Y, int X) low, (float Z, float Y, float X) t, short lowest)
    {
        Span<short> labels = stackalloc short[8];
        Span<float> weights = stackalloc float[8];
        var distinct = 0;
        for (var pair = 0; pair < 4; pair++)
        {
            int dz = pair >> 1, dy = pair & 1;
            if ((uint)(low.Z + dz) >= (uint)from.Z || (uint)(low.Y + dy) >= (uint)from.Y) continue;
            var weight = Indicator * (dz == 0 ? 1 - t.Z : t.Z) * (dy == 0 ? 1 - t.Y : t.Y);
            var row = source.Slice((((low.Z + dz) * from.Y) + low.Y + dy) * from.X, from.X);
            if ((uint)low.X < (uint)row.Length) Add(labels, weights, ref distinct, row[low.X], weight * (1 - t.X));
            if ((uint)(low.X + 1) < (uint)row.Length) Add(labels, weights, ref distinct, row[low.X + 1], weight * t.X);
        }

        return Winner(labels[..distinct], weights[..distinct], lowest);
    }

    private static void Add(Span<short> labels, Span<float> weights, ref int distinct, short label, float weight)
    {
        for (var i = 0; i < distinct; i++)
            if (labels[i] == label)
            {
                weights[i] += weight;
                return;
            }

        (labels[distinct], weights[distinct]) = (label, weight);
        distinct++;
    }

    private static short Winner(ReadOnlySpan<short> labels, ReadOnlySpan<float> weights, short lowest)
    {
        var (first, most, second) = (0, 0f, 0f);
        for (var i = 0; i < weights.Length; i++)
            if (weights[i] > most) (first, second, most) = (i, most, weights[i]);
            else second = Math.Max(second, weights[i]);
        // Up to 1000, half precision is off by a quarter at most: a lead over one vote survives the rounding.
        if (most - second > 1) return labels[first];

        var (best, value) = (lowest, (Half)0);
        for (var i = 0; i < labels.Length; i++)
        {
            var vote = (Half)weights[i];
            if (vote > value || (vote == value && vote > (Half)0 && labels[i] < best)) (best, value) = (labels[i], vote);
        }

        return best;
    }
}
