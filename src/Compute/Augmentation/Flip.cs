namespace ActorSeg.Compute.Augmentation;

/// <summary>Mirrors one channel in place.</summary>
internal static class Flip
{
    /// <summary>Reverses the axes that are set, bit 0 for axis 0.</summary>
    public static void Axes<T>(Span<T> data, VolumeShape shape, int axes)
    {
        if ((axes & 4) != 0)
            for (var row = 0; row < data.Length; row += shape.X)
                data.Slice(row, shape.X).Reverse();
        if ((axes & 2) != 0)
            for (var z = 0; z < shape.Z; z++)
                SwapBlocks(data.Slice(z * shape.Y * shape.X, shape.Y * shape.X), shape.X);
        if ((axes & 1) != 0) SwapBlocks(data, shape.Y * shape.X);
    }

    private static void SwapBlocks<T>(Span<T> data, int block)
    {
        var spare = new T[block];
        for (int low = 0, high = data.Length - block; low < high; low += block, high -= block)
        {
            data.Slice(low, block).CopyTo(spare);
            data.Slice(high, block).CopyTo(data[low..]);
            spare.CopyTo(data[high..]);
        }
    }
}
