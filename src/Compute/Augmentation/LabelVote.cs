namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// The label whose indicator, interpolated linearly and rounded to half precision, is largest; the lower one on ties (spec 06 section 7.2). Only the labels at
/// the corners around a point can win, so no indicator is ever made.
/// </summary>
internal static class LabelVote
{
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

    private static short Count(ReadOnlySpan<short> source, VolumeShape from, (int Z, int Y, int X) low, (float Z, float Y, float X) t, short lowest)
    {
        Span<short> labels = stackalloc short[8];
        Span<float> weights = stackalloc float[8];
        var distinct = 0;
        for (var corner = 0; corner < 8; corner++)
        {
            int dz = corner >> 2, dy = (corner >> 1) & 1, dx = corner & 1;
            if ((uint)(low.Z + dz) >= (uint)from.Z || (uint)(low.Y + dy) >= (uint)from.Y || (uint)(low.X + dx) >= (uint)from.X) continue;
            var weight = 1000f * (dz == 0 ? 1 - t.Z : t.Z) * (dy == 0 ? 1 - t.Y : t.Y) * (dx == 0 ? 1 - t.X : t.X);
            var label = source[((((low.Z + dz) * from.Y) + low.Y + dy) * from.X) + low.X + dx];
            var i = labels[..distinct].IndexOf(label);
            if (i < 0) (labels[distinct], weights[distinct++]) = (label, weight);
            else weights[i] += weight;
        }

        var best = lowest;
        var most = (Half)0;
        for (var i = 0; i < distinct; i++)
        {
            var value = (Half)weights[i];
            if (value > most || (value == most && value > (Half)0 && labels[i] < best)) (best, most) = (labels[i], value);
        }

        return best;
    }
}
