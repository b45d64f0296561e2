using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>The part of a loaded patch that is in memory, C order: nothing else of it is looked at or lies within the volume.</summary>
/// <param name="Part">In voxels of the loaded patch.</param>
internal readonly record struct Window(Box Part)
{
    /// <summary>All of a patch.</summary>
    public static Window Whole(VolumeShape shape) => new(Box.Whole(shape));

    /// <summary>How its voxels lie in memory.</summary>
    public Steps Steps => new(Part.Shape.Y * Part.Shape.X, Part.Shape.X, Part.Low);

    /// <summary>How those of one plane lie, from the plane's first.</summary>
    public Steps PlaneSteps => new(Part.Shape.Y * Part.Shape.X, Part.Shape.X, Part.Low with { Z = 0 });

    /// <summary>Whether nothing of the patch is needed.</summary>
    public bool IsEmpty => Part.Shape is { Z: <= 0 } or { Y: <= 0 } or { X: <= 0 };

    /// <summary>What resampling looks at (spec 06 section 7.1), as far as there is a volume.</summary>
    /// <param name="loaded">Where the loaded patch lies in the volume.</param>
    /// <param name="volume">Extent of the volume.</param>
    /// <param name="to">Extent of the network patch.</param>
    /// <param name="map">From offsets in the network patch to offsets in the loaded one.</param>
    /// <param name="inPlaneOnly">Whether slices stay as they are.</param>
    public static Window Needed(Box loaded, VolumeShape volume, VolumeShape to, Affine map, bool inPlaneOnly)
    {
        var (shape, low) = (loaded.Shape, loaded.Low);
        var z = inPlaneOnly ? (0, shape.Z) : Range(shape.Z, to, map.Zz, map.Zy, map.Zx);
        var (z0, z1) = Within(z, shape.Z, low.Z, volume.Z);
        var (y0, y1) = Within(Range(shape.Y, to, inPlaneOnly ? 0 : map.Yz, map.Yy, map.Yx), shape.Y, low.Y, volume.Y);
        var (x0, x1) = Within(Range(shape.X, to, inPlaneOnly ? 0 : map.Xz, map.Xy, map.Xx), shape.X, low.X, volume.X);
        return new Window(new Box(new(z0, y0, x0), new(z1, y1, x1)));
    }

    /// <summary>The same in voxels of the volume.</summary>
    public Box In(Box loaded) => new(Sum(Part.Low, loaded.Low), Sum(Part.High, loaded.Low));

    private static (int Low, int High) Range(int size, VolumeShape to, double z, double y, double x)
    {
        var reach = ((Math.Abs(z) * (to.Z - 1)) + (Math.Abs(y) * (to.Y - 1)) + (Math.Abs(x) * (to.X - 1))) / 2;
        var middle = (size - 1) / 2.0;
        // One more on either side than exact arithmetic needs; the grid is float32.
        return ((int)Math.Floor(middle - reach) - 1, (int)Math.Floor(middle + reach) + 3);
    }

    private static (int Low, int High) Within((int Low, int High) range, int loaded, int low, int volume) =>
        (Math.Max(range.Low, Math.Max(0, -low)), Math.Min(range.High, Math.Min(loaded, volume - low)));

    private static VolumeShape Sum(VolumeShape a, VolumeShape b) => new(a.Z + b.Z, a.Y + b.Y, a.X + b.X);
}

/// <summary>How the voxels of a window lie in memory; what loops need of it, and no more.</summary>
internal readonly struct Steps(int plane, int row, VolumeShape low)
{
    private readonly int _origin = (low.Z * plane) + (low.Y * row) + low.X;

    /// <summary>Voxels from one plane to the next.</summary>
    public int Plane => plane;

    /// <summary>Voxels from one row to the next.</summary>
    public int Row => row;

    /// <summary>Where voxels of the loaded patch lie in the window; they surely lie in it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> At(Vector256<float> z, Vector256<float> y, Vector256<float> x) =>
        (Whole(z) * plane) + (Whole(y) * row) + Whole(x) - Vector256.Create(_origin);

    // Whole numbers far from any limit: the plain instruction will do.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Whole(Vector256<float> value) => Vector256.ConvertToInt32Native(value);
}
