using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>What the label -1 stands for: outside the non-zero region, padding, or turned in from outside (spec 06 section 7.9, trap 6).</summary>
internal static class Mask
{
    /// <summary>Sets a channel to 0 wherever the label is negative.</summary>
    public static void Apply(Span<float> channel, ReadOnlySpan<short> labels)
    {
        ref var values = ref MemoryMarshal.GetReference(channel);
        ref var marks = ref MemoryMarshal.GetReference(labels[..channel.Length]);
        var (i, half) = (0, Vector<float>.Count);
        for (; i <= channel.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(Vector.LessThan(Vector.LoadUnsafe(ref marks, (nuint)i), Vector<short>.Zero), out var low, out var high);
            Vector.ConditionalSelect(low, Vector<float>.Zero, Vector.LoadUnsafe(ref values, (nuint)i)).StoreUnsafe(ref values, (nuint)i);
            Vector.ConditionalSelect(high, Vector<float>.Zero, Vector.LoadUnsafe(ref values, (nuint)(i + half))).StoreUnsafe(ref values, (nuint)(i + half));
        }

        for (; i < channel.Length; i++)
            if (labels[i] < 0)
                channel[i] = 0;
    }

    /// <summary>Makes background of -1, once nothing needs to tell the two apart.</summary>
    public static void RemoveLabel(Span<short> labels)
    {
        var lanes = MemoryMarshal.Cast<short, Vector<short>>(labels);
        foreach (ref var lane in lanes) lane = Vector.AndNot(lane, Vector.Equals(lane, new Vector<short>(-1)));
        foreach (ref var label in labels[(lanes.Length * Vector<short>.Count)..])
            if (label == -1)
                label = 0;
    }
}
