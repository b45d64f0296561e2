using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>The non-zero region of an image with its holes filled, and the box around it (spec 03 section 3).</summary>
/// <param name="Mask">One byte a voxel of the uncropped volume: 1 inside, 0 outside.</param>
/// <param name="Box">Around the mask; the whole volume when the mask is empty.</param>
public sealed record NonZeroRegion(byte[] Mask, Box Box);

/// <summary>Finds the part of an image that holds anything. Holds one byte a voxel and the ends of the runs it has yet to follow.</summary>
public static class NonZeroCrop
{
    // While it is looked for: not zero; a zero that the border was not reached from yet; a zero that it was.
    private const byte Inside = 0, Reached = 1, Zero = 0xFF;

    /// <summary>
    /// Voxels where any channel is not zero (NaN counts), and background not connected to the border through faces.
    /// </summary>
    public static NonZeroRegion Find(Volume<float> image)
    {
        var shape = image.Shape;
        var mask = LargeArray.Uninitialized<byte>(shape.Voxels);
        for (var c = 0; c < image.Channels; c++) MarkZeros(image.Channel(c), mask, isFirst: c == 0);
        if (mask.AsSpan().Contains(Zero)) new Flood(mask, shape).FromBorder();
        var all = MemoryMarshal.Cast<byte, Vector<byte>>(mask.AsSpan());
        for (var i = 0; i < all.Length; i++) all[i] = Vector.Equals(all[i], Vector<byte>.One) + Vector<byte>.One;
        for (var i = all.Length * Vector<byte>.Count; i < mask.Length; i++) mask[i] = mask[i] == Reached ? (byte)0 : (byte)1;
        return new NonZeroRegion(mask, BoxOf(mask, shape));
    }

    private static void MarkZeros(ReadOnlySpan<float> channel, Span<byte> mask, bool isFirst)
    {
        var values = MemoryMarshal.Cast<float, Vector<float>>(channel);
        var marks = MemoryMarshal.Cast<byte, Vector<byte>>(mask);
        for (var i = 0; i < marks.Length; i++)
        {
            var low = Vector.Narrow(Zeros(values[4 * i]), Zeros(values[(4 * i) + 1]));
            var high = Vector.Narrow(Zeros(values[(4 * i) + 2]), Zeros(values[(4 * i) + 3]));
            var zeros = Vector.AsVectorByte(Vector.Narrow(low, high));
            marks[i] = isFirst ? zeros : marks[i] & zeros;
        }

        for (var i = marks.Length * Vector<byte>.Count; i < mask.Length; i++)
            mask[i] = (isFirst || mask[i] == Zero) && channel[i] == 0 ? Zero : Inside;
    }

    private static Vector<int> Zeros(Vector<float> values) => Vector.Equals(values, Vector<float>.Zero);

    private static Box BoxOf(byte[] mask, VolumeShape shape)
    {
        int z0 = shape.Z, y0 = shape.Y, x0 = shape.X, z1 = -1, y1 = -1, x1 = -1;
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
            {
                var row = mask.AsSpan(((z * shape.Y) + y) * shape.X, shape.X);
                var first = row.IndexOf((byte)1);
                if (first < 0) continue;
                (z0, z1) = (Math.Min(z0, z), z);
                (y0, y1) = (Math.Min(y0, y), Math.Max(y1, y));
                (x0, x1) = (Math.Min(x0, first), Math.Max(x1, row.LastIndexOf((byte)1)));
            }

        return z1 < 0 ? Box.Whole(shape) : new Box(new(z0, y0, x0), new(z1 + 1, y1 + 1, x1 + 1));
    }

    // What is reached from the border is outside; zeros that are left over are holes. Runs along x are found and filled at memory speed.
    private sealed class Flood(byte[] mask, VolumeShape shape)
    {
        private readonly Stack<(int Row, int X)> _waiting = new();

        public void FromBorder()
        {
            for (var z = 0; z < shape.Z; z++)
                for (var y = 0; y < shape.Y; y++)
                {
                    var row = (z * shape.Y) + y;
                    if (z == 0 || z == shape.Z - 1 || y == 0 || y == shape.Y - 1) Await(row, 0, shape.X);
                    else
                    {
                        Await(row, 0, 1);
                        Await(row, shape.X - 1, shape.X);
                    }
                }

            while (_waiting.TryPop(out var next)) Follow(next.Row, next.X);
        }

        private Span<byte> Row(int row) => mask.AsSpan(row * shape.X, shape.X);

        private void Follow(int row, int x)
        {
            var line = Row(row);
            if (line[x] != Zero) return;
            var begin = line[..x].LastIndexOfAnyExcept(Zero) + 1;
            var length = line[x..].IndexOfAnyExcept(Zero);
            var end = length < 0 ? shape.X : x + length;
            line[begin..end].Fill(Reached);
            var (z, y) = (row / shape.Y, row % shape.Y);
            if (y > 0) Await(row - 1, begin, end);
            if (y < shape.Y - 1) Await(row + 1, begin, end);
            if (z > 0) Await(row - shape.Y, begin, end);
            if (z < shape.Z - 1) Await(row + shape.Y, begin, end);
        }

        // The first voxel of each run of zeros that touches the stretch.
        private void Await(int row, int begin, int end)
        {
            var line = Row(row);
            while (begin < end)
            {
                var next = line[begin..end].IndexOf(Zero);
                if (next < 0) return;
                _waiting.Push((row, begin + next));
                var length = line[(begin + next)..end].IndexOfAnyExcept(Zero);
                if (length < 0) return;
                begin += next + length;
            }
        }
    }
}
