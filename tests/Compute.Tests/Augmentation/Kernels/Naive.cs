namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

/// <summary>Volumes and slow, plain ways to do things to them, for kernels to be compared with.</summary>
internal static class Naive
{
    public static float[] Noise(VolumeShape shape, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Voxels).Select(_ => (random.NextSingle() * 4) - 2)];
    }

    /// <summary>Blobs of the labels -1 to 3.</summary>
    public static short[] Labels(VolumeShape shape, int seed)
    {
        var random = new Random(seed);
        var (a, b, c) = (random.NextDouble(), random.NextDouble(), random.NextDouble());
        return [.. Voxels(shape).Select(v => (short)(Math.Round((Math.Sin((v.Z * a) + b) + Math.Sin((v.Y * b) + c) + Math.Sin((v.X * c) + a)) * 0.9) + 1))];
    }

    public static IEnumerable<(int Z, int Y, int X)> Voxels(VolumeShape shape) =>
        from z in Enumerable.Range(0, shape.Z) from y in Enumerable.Range(0, shape.Y) from x in Enumerable.Range(0, shape.X) select (z, y, x);

    public static int Index(VolumeShape shape, int z, int y, int x) => (((z * shape.Y) + y) * shape.X) + x;

    public static bool Holds(VolumeShape shape, int z, int y, int x) => (uint)z < (uint)shape.Z && (uint)y < (uint)shape.Y && (uint)x < (uint)shape.X;

    /// <summary>The nearest index within an axis, reflected at its edges; the edge voxel once or twice.</summary>
    public static int Reflect(int i, int size, bool edgeTwice)
    {
        while (i < 0 || i >= size)
            if (edgeTwice) i = i < 0 ? -1 - i : (2 * size) - 1 - i;
            else i = i < 0 ? -i : (2 * size) - 2 - i;
        return i;
    }
}
