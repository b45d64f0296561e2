using System.Numerics.Tensors;

namespace ActorSeg.Compute.Augmentation;

/// <summary>Resamples a loaded patch to the network patch through one affine map (spec 06 sections 7.1 to 7.3). One channel at a time, C order.</summary>
internal static class SpatialTransform
{
    /// <summary>Linear, zero outside.</summary>
    /// <param name="source">The loaded patch.</param>
    /// <param name="from">Its extent.</param>
    /// <param name="target">The network patch.</param>
    /// <param name="to">Its extent; with <paramref name="inPlaneOnly"/> as many slices as the source has.</param>
    /// <param name="map">From offsets in the target to offsets in the source.</param>
    /// <param name="inPlaneOnly">Whether each slice stands by itself (2D, dummy 2D); the map then leaves axis 0 alone.</param>
    public static void Image(ReadOnlySpan<float> source, VolumeShape from, Span<float> target, VolumeShape to, Affine map, bool inPlaneOnly)
    {
        if (inPlaneOnly && from.Z != to.Z) throw new ArgumentException($"{from.Z} slices cannot become {to.Z} in plane", nameof(to));
        var rows = inPlaneOnly ? SourceRows.InPlane(from, to, map) : new SourceRows(from, to, map);
        for (var z = 0; z < to.Z; z++)
            for (var y = 0; y < to.Y; y++)
            {
                var row = target.Slice(((z * to.Y) + y) * to.X, to.X);
                rows.Begin(inPlaneOnly ? 0 : z, y);
                if (inPlaneOnly) SliceRow(source.Slice(z * from.Y * from.X, from.Y * from.X), from, row, rows);
                else VolumeRow(source, from, row, rows);
            }
    }

    /// <summary>By <see cref="LabelVote"/>; -1 outside. In plane, each slice knows only its own labels, as the reference's slices do.</summary>
    public static void Labels(ReadOnlySpan<short> source, VolumeShape from, Span<short> target, VolumeShape to, Affine map, bool inPlaneOnly)
    {
        if (inPlaneOnly && from.Z != to.Z) throw new ArgumentException($"{from.Z} slices cannot become {to.Z} in plane", nameof(to));
        if (!inPlaneOnly)
        {
            LabelBlock(source, from, target, to, map, false);
            return;
        }

        int loaded = from.Y * from.X, patch = to.Y * to.X;
        for (var z = 0; z < to.Z; z++)
            LabelBlock(source.Slice(z * loaded, loaded), new VolumeShape(1, from.Y, from.X), target.Slice(z * patch, patch), to with { Z = 1 }, map, true);
    }

    private static void LabelBlock(ReadOnlySpan<short> source, VolumeShape from, Span<short> target, VolumeShape to, Affine map, bool inPlaneOnly)
    {
        var (lowest, highest) = (TensorPrimitives.Min(source), TensorPrimitives.Max(source));
        var rows = new SourceRows(from, to, map);
        var test = new OutsideTest(from, inPlaneOnly);
        var at = 0;
        for (var z = 0; z < to.Z; z++)
            for (var y = 0; y < to.Y; y++)
            {
                rows.Begin(z, y);
                for (var x = 0; x < to.X; x++, at++)
                {
                    rows.At(x, out var cz, out var cy, out var cx);
                    target[at] = test.IsOutside(cz, cy, cx) ? (short)-1 : lowest == highest ? lowest : LabelVote.At(source, from, cz, cy, cx, lowest);
                }
            }
    }

    private static void VolumeRow(ReadOnlySpan<float> source, VolumeShape from, Span<float> row, in SourceRows rows)
    {
        var plane = from.Y * from.X;
        for (var i = 0; i < row.Length; i++)
        {
            rows.At(i, out var cz, out var cy, out var cx);
            int z = (int)MathF.Floor(cz), y = (int)MathF.Floor(cy), x = (int)MathF.Floor(cx);
            float tz = cz - z, ty = cy - y, tx = cx - x;
            if ((uint)z < (uint)(from.Z - 1) && (uint)y < (uint)(from.Y - 1) && (uint)x < (uint)(from.X - 1))
            {
                var near = source.Slice((z * plane) + (y * from.X) + x, from.X + 2);
                var far = source.Slice(((z + 1) * plane) + (y * from.X) + x, from.X + 2);
                row[i] = Mix(Bilinear(near, from.X, ty, tx), Bilinear(far, from.X, ty, tx), tz);
            }
            else
            {
                var sum = 0f;
                if ((uint)z < (uint)from.Z) sum = (1 - tz) * AtEdge(source.Slice(z * plane, plane), from, y, x, ty, tx);
                if ((uint)(z + 1) < (uint)from.Z) sum += tz * AtEdge(source.Slice((z + 1) * plane, plane), from, y, x, ty, tx);
                row[i] = sum;
            }
        }
    }

    private static void SliceRow(ReadOnlySpan<float> slice, VolumeShape from, Span<float> row, in SourceRows rows)
    {
        for (var i = 0; i < row.Length; i++)
        {
            rows.At(i, out _, out var cy, out var cx);
            int y = (int)MathF.Floor(cy), x = (int)MathF.Floor(cx);
            row[i] = (uint)y < (uint)(from.Y - 1) && (uint)x < (uint)(from.X - 1)
                ? Bilinear(slice.Slice((y * from.X) + x, from.X + 2), from.X, cy - y, cx - x)
                : AtEdge(slice, from, y, x, cy - y, cx - x);
        }
    }

    private static float Bilinear(ReadOnlySpan<float> corner, int width, float ty, float tx) =>
        Mix(Mix(corner[0], corner[1], tx), Mix(corner[width], corner[width + 1], tx), ty);

    private static float AtEdge(ReadOnlySpan<float> slice, VolumeShape from, int y, int x, float ty, float tx)
    {
        var sum = 0f;
        for (var dy = 0; dy < 2; dy++)
            for (var dx = 0; dx < 2; dx++)
                if ((uint)(y + dy) < (uint)from.Y && (uint)(x + dx) < (uint)from.X)
                    sum += (dy == 0 ? 1 - ty : ty) * (dx == 0 ? 1 - tx : tx) * slice[((y + dy) * from.X) + x + dx];
        return sum;
    }

    private static float Mix(float a, float b, float t) => ((1 - t) * a) + (t * b);
}
