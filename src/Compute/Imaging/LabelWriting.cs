using System.Numerics.Tensors;

namespace ActorSeg.Compute.Imaging;

/// <summary>The integer type nnU-Net writes a label map with (spec 01 section 5.1).</summary>
internal static class LabelWriting
{
    /// <summary>Whether uint8 is used: a largest value of exactly 255 already takes uint16.</summary>
    public static bool Fits(ReadOnlySpan<ushort> labels) => labels.Length == 0 || TensorPrimitives.Max(labels) < byte.MaxValue;

    /// <summary>The labels as bytes.</summary>
    public static byte[] Narrow(ReadOnlySpan<ushort> labels)
    {
        var bytes = LargeArray.Uninitialized<byte>(labels.Length);
        TensorPrimitives.ConvertTruncating(labels, bytes.AsSpan());
        return bytes;
    }
}
