using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation;

/// <summary>What the label -1 stands for: outside the non-zero region, padding, or turned in from outside (spec 06 section 7.9, trap 6).</summary>
internal static class Mask
{
    /// <summary>Sets a channel to 0 wherever the label is negative.</summary>
    public static void Apply(Span<float> channel, ReadOnlySpan<short> labels)
    {
        for (var i = 0; i < channel.Length; i++)
            channel[i] = labels[i] < 0 ? 0 : channel[i];
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
