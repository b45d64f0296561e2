using System.Runtime.CompilerServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// The label whose indicator, interpolated linearly and rounded to half precision, is largest; the lower one on ties (spec 06 section 7.2). Only the labels at
/// the corners around a point can win, so no indicator is ever made. Corners in the loaded patch but not in the window are padding, -1; those beyond the patch
/// have no vote.
/// </summary>
internal readonly unsafe struct LabelVote(short* values, Window window, VolumeShape loaded)
{
    /// <summary>What a corner's indicator is worth.</summary>
    public const float Indicator = 1000;

    /// <summary>Up to 1000, half precision is off by a quarter at most: a lead over one survives the rounding.</summary>
    public const float ClearLead = 1;

    /// <summary>The window's labels.</summary>
    public short* Values => values;

    /// <summary>The label at a point, in voxels of the loaded patch; at least one corner around it lies in the patch.</summary>
    [SkipLocalsInit]
    public short At(float cz, float cy, float cx)
    {
        var (fz, fy, fx) = (MathF.Floor(cz), MathF.Floor(cy), MathF.Floor(cx));
        int z = (int)fz, y = (int)fy, x = (int)fx;
        float tz = cz - fz, ty = cy - fy, tx = cx - fx;
        var labels = stackalloc short[8];
        var weights = stackalloc float[8];
        var distinct = 0;
        for (var pair = 0; pair < 4; pair++)
        {
            int dz = pair >> 1, dy = pair & 1;
            // A slice that is only a neighbour in name.
            if (dz == 1 && tz == 0) break;
            if ((uint)(z + dz) >= (uint)loaded.Z || (uint)(y + dy) >= (uint)loaded.Y) continue;
            var weight = Indicator * (dz == 0 ? 1 - tz : tz) * (dy == 0 ? 1 - ty : ty);
            if ((uint)x < (uint)loaded.X) Add(labels, weights, ref distinct, Label(z + dz, y + dy, x), weight * (1 - tx));
            if ((uint)(x + 1) < (uint)loaded.X) Add(labels, weights, ref distinct, Label(z + dz, y + dy, x + 1), weight * tx);
        }

        return Winner(new ReadOnlySpan<short>(labels, distinct), new ReadOnlySpan<float>(weights, distinct));
    }

    private short Label(int z, int y, int x)
    {
        var (low, size) = (window.Part.Low, window.Part.Shape);
        (z, y, x) = (z - low.Z, y - low.Y, x - low.X);
        return (uint)z < (uint)size.Z && (uint)y < (uint)size.Y && (uint)x < (uint)size.X ? values[(((z * size.Y) + y) * size.X) + x] : (short)-1;
    }

    private static void Add(short* labels, float* weights, ref int distinct, short label, float weight)
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

    private static short Winner(ReadOnlySpan<short> labels, ReadOnlySpan<float> weights)
    {
        var (first, most, second) = (0, 0f, 0f);
        for (var i = 0; i < weights.Length; i++)
            if (weights[i] > most) (first, second, most) = (i, most, weights[i]);
            else second = Math.Max(second, weights[i]);
        if (most - second > ClearLead) return labels[first];

        var (best, value) = (labels[first], (Half)most);
        for (var i = 0; i < labels.Length; i++)
        {
            var vote = (Half)weights[i];
            if (vote > value || (vote == value && labels[i] < best)) (best, value) = (labels[i], vote);
        }

        return best;
    }
}
