using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// The median of a cube (square in 2D) around each voxel, edges reflected with the edge voxel repeated, the upper of two middle values (spec 06 section 9: scipy's
/// filter). Found by halving: how many of a window lie at or below a value is counted for a vector of neighbouring windows at once, so nothing is sorted.
/// </summary>
internal static unsafe class MedianFilter
{
    /// <summary>Filters one channel in place.</summary>
    /// <param name="channel">C order.</param>
    /// <param name="shape">Its extent; an axis of one voxel has no window.</param>
    /// <param name="size">Edge of the window; an even one reaches further before the voxel than after it.</param>
    /// <param name="memory">The channel and its border are taken from it.</param>
    public static void Apply(Span<float> channel, VolumeShape shape, int size, Workspace memory)
    {
        var reach = new VolumeShape(shape.Z == 1 ? 1 : size, shape.Y == 1 ? 1 : size, shape.X == 1 ? 1 : size);
        var padded = new VolumeShape(shape.Z + reach.Z - 1, shape.Y + reach.Y - 1, shape.X + reach.X - 1 + Vector<int>.Count);
        using var keys = memory.Take<int>(padded.Voxels);
        Pad(channel, shape, keys.Span, padded, reach);
        var windows = stackalloc long[reach.Z * reach.Y];
        for (var i = 0; i < reach.Z * reach.Y; i++) windows[i] = ((((long)i / reach.Y) * padded.Y) + (i % reach.Y)) * padded.X;
        var rank = reach.Z * reach.Y * reach.X / 2;
        Span<float> medians = stackalloc float[Vector<int>.Count];
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
            {
                var row = channel.Slice(((z * shape.Y) + y) * shape.X, shape.X);
                var first = keys.Start + ((((long)z * padded.Y) + y) * padded.X);
                for (var x = 0; x < shape.X; x += Vector<int>.Count)
                {
                    var found = Select(first + x, new ReadOnlySpan<long>(windows, reach.Z * reach.Y), reach.X, rank);
                    Vector.AsVectorSingle(Ordered(found)).CopyTo(medians);
                    medians[..Math.Min(medians.Length, row.Length - x)].CopyTo(row[x..]);
                }
            }
    }

    // The smallest value of each window that has more than rank values at or below it.
    private static Vector<int> Select(int* first, ReadOnlySpan<long> rows, int width, int rank)
    {
        var (low, high) = (new Vector<int>(int.MaxValue), new Vector<int>(int.MinValue));
        foreach (var row in rows)
            for (var x = 0; x < width; x++)
            {
                var values = Vector.Load(first + row + x);
                (low, high) = (Vector.Min(low, values), Vector.Max(high, values));
            }

        while (low != high)
        {
            // The mean, rounded down, of numbers whose sum may not fit.
            var middle = (low & high) + Vector.ShiftRightArithmetic(low ^ high, 1);
            var count = Vector<int>.Zero;
            foreach (var row in rows)
                for (var x = 0; x < width; x++)
                    count -= Vector.LessThanOrEqual(Vector.Load(first + row + x), middle);
            var enough = Vector.GreaterThan(count, new Vector<int>(rank));
            high = Vector.ConditionalSelect(enough, middle, high);
            low = Vector.ConditionalSelect(enough, low, Vector.Min(middle + Vector<int>.One, high));
        }

        return low;
    }

    private static void Pad(ReadOnlySpan<float> channel, VolumeShape shape, Span<int> keys, VolumeShape padded, VolumeShape reach)
    {
        var bits = MemoryMarshal.Cast<float, int>(channel);
        var at = 0;
        for (var z = 0; z < padded.Z; z++)
            for (var y = 0; y < padded.Y; y++)
            {
                var row = bits.Slice(((Mirrored(z - (reach.Z / 2), shape.Z) * shape.Y) + Mirrored(y - (reach.Y / 2), shape.Y)) * shape.X, shape.X);
                for (var x = 0; x < padded.X; x++) keys[at++] = Ordered(row[Mirrored(x - (reach.X / 2), shape.X)]);
            }
    }

    // Whole numbers in the order of the floats whose bits they are; the same again leads back.
    private static int Ordered(int bits) => bits ^ ((bits >> 31) & int.MaxValue);

    private static Vector<int> Ordered(Vector<int> bits) => bits ^ (Vector.ShiftRightArithmetic(bits, 31) & new Vector<int>(int.MaxValue));

    private static int Mirrored(int i, int size)
    {
        var period = 2 * size;
        i = ((i % period) + period) % period;
        return Math.Min(i, period - 1 - i);
    }
}
