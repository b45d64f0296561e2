namespace ActorSeg.Compute.Imaging;

/// <summary>The integer type nnU-Net writes a label map with (spec 01 section 5.1).</summary>
internal static class LabelWriting
{
    /// <summary>What writes labels of one type.</summary>
    public delegate void Writer<T>(ReadOnlySpan<T> labels);

    /// <summary>uint8 if the largest value is below 255, else uint16: a maximum of exactly 255 already gives uint16.</summary>
    public static void Write(ReadOnlySpan<ushort> labels, Writer<byte> narrow, Writer<ushort> wide)
    {
        if (labels.Length > 0 && System.Numerics.Tensors.TensorPrimitives.Max(labels) >= byte.MaxValue)
        {
            wide(labels);
            return;
        }

        var bytes = GC.AllocateUninitializedArray<byte>(labels.Length);
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(labels, bytes.AsSpan());
        narrow(bytes);
    }
}
