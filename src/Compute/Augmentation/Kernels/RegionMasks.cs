using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Which voxels of a label map belong to a region (spec 06 section 7.13).</summary>
internal static class RegionMasks
{
    /// <summary>Writes 1 where the label is one of the region's, else 0.</summary>
    /// <param name="labels">The map.</param>
    /// <param name="region">Labels of the region.</param>
    /// <param name="mask">As long as the map.</param>
    public static void Fill(ReadOnlySpan<short> labels, ReadOnlySpan<short> region, Span<byte> mask)
    {
        ref var from = ref MemoryMarshal.GetReference(labels);
        ref var to = ref MemoryMarshal.GetReference(mask[..labels.Length]);
        var (i, half) = (0, Vector<short>.Count);
        for (; i <= labels.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var low = Inside(Vector.LoadUnsafe(ref from, (nuint)i), region);
            var high = Inside(Vector.LoadUnsafe(ref from, (nuint)(i + half)), region);
            (Vector.AsVectorByte(Vector.Narrow(low, high)) & Vector<byte>.One).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < labels.Length; i++) mask[i] = region.Contains(labels[i]) ? (byte)1 : (byte)0;
    }

    private static Vector<short> Inside(Vector<short> labels, ReadOnlySpan<short> region)
    {
        var inside = Vector<short>.Zero;
        foreach (var label in region) inside |= Vector.Equals(labels, new Vector<short>(label));
        return inside;
    }
}
