namespace ActorSeg.Compute.Preprocessing;

/// <summary>The non-zero region of an image with its holes filled, and the box around it (spec 03 section 3).</summary>
/// <param name="Mask">One byte a voxel of the uncropped volume: 1 inside, 0 outside.</param>
/// <param name="Box">Around the mask; the whole volume when the mask is empty.</param>
public sealed record NonZeroRegion(byte[] Mask, Box Box);

/// <summary>Finds the part of an image that holds anything. Holds one byte and at most four more a voxel.</summary>
public static class NonZeroCrop
{
    private const byte Outside = 0, Inside = 1, Unknown = 2;

    /// <summary>
    /// Voxels where any channel is not zero (NaN counts), and background not connected to the border through faces.
    /// </summary>
    public static NonZeroRegion Find(Volume<float> image)
    {
        var shape = image.Shape;
        var mask = new byte[shape.Voxels];
        Array.Fill(mask, Unknown);
        for (var c = 0; c < image.Channels; c++)
        {
            var channel = image.Channel(c);
            for (var i = 0; i < channel.Length; i++)
                if (channel[i] != 0)
                    mask[i] = Inside;
        }

        FloodFromBorder(mask, shape);
        for (var i = 0; i < mask.Length; i++)
            if (mask[i] == Unknown)
                mask[i] = Inside;
        return new NonZeroRegion(mask, BoxOf(mask, shape));
    }

    // What is reached from the border stays outside; what is left unknown is a hole. Whole runs along x are filled at once.
    private static void FloodFromBorder(byte[] mask, VolumeShape shape)
    {
        var waiting = new Stack<int>();
        var (nz, ny, nx) = (shape.Z, shape.Y, shape.X);
        for (var z = 0; z < nz; z++)
            for (var y = 0; y < ny; y++)
            {
                var row = ((z * ny) + y) * nx;
                if (z == 0 || z == nz - 1 || y == 0 || y == ny - 1)
                    for (var x = 0; x < nx; x++)
                        Visit(row + x);
                else
                {
                    Visit(row);
                    Visit(row + nx - 1);
                }
            }

        var slice = ny * nx;
        while (waiting.TryPop(out var at))
        {
            var x = at % nx;
            var y = at / nx % ny;
            var z = at / slice;
            if (x > 0) Visit(at - 1);
            if (x < nx - 1) Visit(at + 1);
            if (y > 0) Visit(at - nx);
            if (y < ny - 1) Visit(at + nx);
            if (z > 0) Visit(at - slice);
            if (z < nz - 1) Visit(at + slice);
        }

        void Visit(int at)
        {
            if (mask[at] != Unknown) return;
            mask[at] = Outside;
            waiting.Push(at);
        }
    }

    private static Box BoxOf(byte[] mask, VolumeShape shape)
    {
        int z0 = shape.Z, y0 = shape.Y, x0 = shape.X, z1 = -1, y1 = -1, x1 = -1;
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
            {
                var row = mask.AsSpan(((z * shape.Y) + y) * shape.X, shape.X);
                var first = row.IndexOf(Inside);
                if (first < 0) continue;
                (z0, z1) = (Math.Min(z0, z), z);
                (y0, y1) = (Math.Min(y0, y), Math.Max(y1, y));
                (x0, x1) = (Math.Min(x0, first), Math.Max(x1, row.LastIndexOf(Inside)));
            }

        return z1 < 0 ? Box.Whole(shape) : new Box(new(z0, y0, x0), new(z1 + 1, y1 + 1, x1 + 1));
    }
}
