namespace ActorSeg.Compute.Augmentation;

/// <summary>Resamples a loaded patch to the network patch through one affine map (spec 06 sections 7.1 and 7.2). C order throughout.</summary>
internal static class SpatialTransform
{
    /// <summary>Trilinear, zero outside.</summary>
    /// <param name="source">One channel of the loaded patch.</param>
    /// <param name="from">Its extent.</param>
    /// <param name="target">One channel of the network patch.</param>
    /// <param name="to">Its extent.</param>
    /// <param name="map">From offsets in the target to offsets in the source.</param>
    public static void Image(ReadOnlySpan<float> source, VolumeShape from, Span<float> target, VolumeShape to, Affine map)
    {
        var rows = new Rows(from, to, map);
        var at = 0;
        for (var z = 0; z < to.Z; z++)
            for (var y = 0; y < to.Y; y++)
            {
                rows.Begin(z, y);
                for (var x = 0; x < to.X; x++, at++)
                {
                    rows.At(x, out var cz, out var cy, out var cx);
                    target[at] = Sample(source, from, cz, cy, cx);
                }
            }
    }

    /// <summary>
    /// The label whose indicator, interpolated linearly and rounded to half precision, is largest; the lower one on ties; -1 outside.
    /// </summary>
    public static void Labels(ReadOnlySpan<short> source, VolumeShape from, Span<short> target, VolumeShape to, Affine map, bool inPlaneOnly)
    {
        short lowest = short.MaxValue;
        foreach (var label in source) lowest = Math.Min(lowest, label);
        var rows = new Rows(from, to, map);
        var limit = new OutsideTest(from, inPlaneOnly);
        var at = 0;
        for (var z = 0; z < to.Z; z++)
            for (var y = 0; y < to.Y; y++)
            {
                rows.Begin(z, y);
                for (var x = 0; x < to.X; x++, at++)
                {
                    rows.At(x, out var cz, out var cy, out var cx);
                    target[at] = limit.IsOutside(cz, cy, cx) ? (short)-1 : Vote(source, from, cz, cy, cx, lowest);
                }
            }
    }

    private static float Sample(ReadOnlySpan<float> source, VolumeShape from, float cz, float cy, float cx)
    {
        int z = (int)MathF.Floor(cz), y = (int)MathF.Floor(cy), x = (int)MathF.Floor(cx);
        float tz = cz - z, ty = cy - y, tx = cx - x;
        if ((uint)z < (uint)(from.Z - 1) && (uint)y < (uint)(from.Y - 1) && (uint)x < (uint)(from.X - 1))
        {
            var plane = from.Y * from.X;
            var corner = source.Slice((((z * from.Y) + y) * from.X) + x, plane + from.X + 2);
            var near = Mix(Mix(corner[0], corner[1], tx), Mix(corner[from.X], corner[from.X + 1], tx), ty);
            var far = Mix(Mix(corner[plane], corner[plane + 1], tx), Mix(corner[plane + from.X], corner[plane + from.X + 1], tx), ty);
            return Mix(near, far, tz);
        }

        var sum = 0f;
        for (var dz = 0; dz < 2; dz++)
            for (var dy = 0; dy < 2; dy++)
                for (var dx = 0; dx < 2; dx++)
                    if ((uint)(z + dz) < (uint)from.Z && (uint)(y + dy) < (uint)from.Y && (uint)(x + dx) < (uint)from.X)
                        sum += (dz == 0 ? 1 - tz : tz) * (dy == 0 ? 1 - ty : ty) * (dx == 0 ? 1 - tx : tx) * source[((((z + dz) * from.Y) + y + dy) * from.X) + x + dx];
        return sum;
    }

    private static float Mix(float a, float b, float t) => ((1 - t) * a) + (t * b);

    private static short Vote(ReadOnlySpan<short> source, VolumeShape from, float cz, float cy, float cx, short lowest)
    {
        int z = (int)MathF.Floor(cz), y = (int)MathF.Floor(cy), x = (int)MathF.Floor(cx);
        float tz = cz - z, ty = cy - y, tx = cx - x;
        Span<short> labels = stackalloc short[8];
        Span<float> weights = stackalloc float[8];
        var distinct = 0;
        for (var corner = 0; corner < 8; corner++)
        {
            int dz = corner >> 2, dy = (corner >> 1) & 1, dx = corner & 1;
            if ((uint)(z + dz) >= (uint)from.Z || (uint)(y + dy) >= (uint)from.Y || (uint)(x + dx) >= (uint)from.X) continue;
            var weight = 1000f * (dz == 0 ? 1 - tz : tz) * (dy == 0 ? 1 - ty : ty) * (dx == 0 ? 1 - tx : tx);
            var label = source[((((z + dz) * from.Y) + y + dy) * from.X) + x + dx];
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

    // A voxel is outside when its normalised coordinate lies beyond the outermost voxel centres. The reference compares each axis with the size of the mirrored
    // one (spec 06 trap 1); it is replicated, so that labels agree.
    private readonly struct OutsideTest(VolumeShape from, bool inPlaneOnly)
    {
        private readonly float _z = inPlaneOnly ? float.PositiveInfinity : Limit(from.Z, from.X);
        private readonly float _y = inPlaneOnly ? Limit(from.Y, from.X) : Limit(from.Y, from.Y);
        private readonly float _x = inPlaneOnly ? Limit(from.X, from.Y) : Limit(from.X, from.Z);

        public bool IsOutside(float cz, float cy, float cx) =>
            MathF.Abs(cz - ((from.Z - 1) / 2f)) > _z || MathF.Abs(cy - ((from.Y - 1) / 2f)) > _y || MathF.Abs(cx - ((from.X - 1) / 2f)) > _x;

        private static float Limit(int size, int other) => size / 2f * (1 - (1f / other));
    }

    // Source coordinates along a row of the target.
    private ref struct Rows(VolumeShape from, VolumeShape to, Affine map)
    {
        private readonly float[] _m = Array.ConvertAll(map.M, v => (float)v);
        private float _z, _y, _x;

        public void Begin(int z, int y)
        {
            float vz = z - ((to.Z - 1) / 2f), vy = y - ((to.Y - 1) / 2f);
            _z = (_m[0] * vz) + (_m[1] * vy) + ((from.Z - 1) / 2f);
            _y = (_m[3] * vz) + (_m[4] * vy) + ((from.Y - 1) / 2f);
            _x = (_m[6] * vz) + (_m[7] * vy) + ((from.X - 1) / 2f);
        }

        public readonly void At(int x, out float cz, out float cy, out float cx)
        {
            var vx = x - ((to.X - 1) / 2f);
            (cz, cy, cx) = (_z + (_m[2] * vx), _y + (_m[5] * vx), _x + (_m[8] * vx));
        }
    }
}
