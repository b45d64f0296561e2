using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Mirrors one channel in place.</summary>
internal static class Flip
{
    /// <summary>Reverses the axes that are set, bit 0 for axis 0, all of them in one pass: rows change places with their images.</summary>
    public static void Axes<T>(Span<T> data, VolumeShape shape, int axes) where T : unmanaged
    {
        if ((axes & 7) == 0) return;
        var rows = shape.Z * shape.Y;
        for (var row = 0; row < rows; row++)
        {
            int z = row / shape.Y, y = row % shape.Y;
            var other = (((axes & 1) != 0 ? shape.Z - 1 - z : z) * shape.Y) + ((axes & 2) != 0 ? shape.Y - 1 - y : y);
            if (other < row) continue;
            var here = data.Slice(row * shape.X, shape.X);
            if (other > row) Swap(here, data.Slice(other * shape.X, shape.X), (axes & 4) != 0);
            else if ((axes & 4) != 0) here.Reverse();
        }
    }

    [SkipLocalsInit]
    private static void Swap<T>(Span<T> a, Span<T> b, bool reversed) where T : unmanaged
    {
        const int bytes = 512;
        Span<T> spare = MemoryMarshal.Cast<byte, T>(stackalloc byte[bytes]);
        for (var at = 0; at < a.Length; at += spare.Length)
        {
            var some = Math.Min(spare.Length, a.Length - at);
            var there = reversed ? b.Slice(b.Length - at - some, some) : b.Slice(at, some);
            var here = a.Slice(at, some);
            here.CopyTo(spare);
            there.CopyTo(here);
            spare[..some].CopyTo(there);
            if (!reversed) continue;
            here.Reverse();
            there.Reverse();
        }
    }
}
