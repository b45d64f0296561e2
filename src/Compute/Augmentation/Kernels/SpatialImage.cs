using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Resamples an image channel through one affine map (spec 06 sections 7.1 and 7.3): linear, zero outside. C order.</summary>
internal static unsafe class SpatialImage
{
    /// <summary>Resamples one channel.</summary>
    /// <param name="source">What there is of the loaded patch.</param>
    /// <param name="window">Which part that is.</param>
    /// <param name="loaded">Extent of the loaded patch.</param>
    /// <param name="target">The network patch.</param>
    /// <param name="to">Its extent; with <paramref name="inPlaneOnly"/> as many slices as the loaded patch has.</param>
    /// <param name="map">From offsets in the network patch to offsets in the loaded one.</param>
    /// <param name="inPlaneOnly">Whether each slice stands by itself (2D, dummy 2D); the map then leaves axis 0 alone.</param>
    public static void Linear(
        ReadOnlySpan<float> source, Window window, VolumeShape loaded, Span<float> target, VolumeShape to, Affine map, bool inPlaneOnly)
    {
        if (inPlaneOnly && loaded.Z != to.Z) throw new ArgumentException($"{loaded.Z} slices cannot become {to.Z} in plane", nameof(to));
        if (window.IsEmpty)
        {
            target.Clear();
            return;
        }

        if (inPlaneOnly) Rows<Planar>(source, window, new SourceRow(loaded with { Z = 1 }, to with { Z = 1 }, map), target, to);
        else Rows<Spatial>(source, window, new SourceRow(loaded, to, map), target, to);
    }

    private static void Rows<TSpace>(ReadOnlySpan<float> source, Window window, SourceRow row, Span<float> target, VolumeShape to) where TSpace : struct, ISpace
    {
        var (low, high, steps) = (window.Part.Low, window.Part.High, TSpace.IsPlanar ? window.PlaneSteps : window.Steps);
        var clip = new RowClip(row, window, TSpace.IsPlanar, to.X, null);
        var places = stackalloc int[Vector256<int>.Count];
        fixed (float* values = source)
            foreach (var (z, y) in new RowOrder(to))
            {
                var line = target.Slice(((z * to.Y) + y) * to.X, to.X);
                row.Begin(TSpace.IsPlanar ? 0 : z, y);
                if (!TSpace.IsPlanar) Row<TSpace>(values, window, steps, row, clip.Of(row), line, places);
                else if (z >= low.Z && z < high.Z) Row<TSpace>(values + ((z - low.Z) * steps.Plane), window, steps, row, clip.Of(row), line, places);
                else line.Clear();
            }
    }

    private static void Row<TSpace>(float* values, Window window, in Steps steps, in SourceRow row, RowRanges ranges, Span<float> line, int* places)
        where TSpace : struct, ISpace
    {
        line[..ranges.Touch].Clear();
        for (var i = ranges.Touch; i < ranges.Enter; i++) line[i] = TSpace.AtEdge(values, window, row.At(i));
        if (PairLoads.IsSupported && ranges.Exit - ranges.Enter >= Vector256<float>.Count)
        {
            var last = ranges.Exit - Vector256<float>.Count;
            for (var i = ranges.Enter; i < last; i += Vector256<float>.Count) TSpace.Inside(values, steps, row, i, places).StoreUnsafe(ref line[i]);
            // The last vector may overlap the one before it, with the same values.
            TSpace.Inside(values, steps, row, last, places).StoreUnsafe(ref line[last]);
        }
        else
            for (var i = ranges.Enter; i < ranges.Exit; i++)
                line[i] = TSpace.AtEdge(values, window, row.At(i));
        for (var i = ranges.Exit; i < ranges.Leave; i++) line[i] = TSpace.AtEdge(values, window, row.At(i));
        line[ranges.Leave..].Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Mix(float a, float b, float t) => ((1 - t) * a) + (t * b);

    // Every product is rounded for itself, as in the scalar path, so that a voxel's value does not depend on where its row is cut into vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mix(Vector256<float> a, Vector256<float> b, Vector256<float> t) => ((Vector256<float>.One - t) * a) + (t * b);

    // The four voxels of one plane around a point; those outside the window count as 0.
    private static float PlaneAtEdge(float* plane, Window window, int y, int x, float ty, float tx)
    {
        var (low, size) = (window.Part.Low, window.Part.Shape);
        (y, x) = (y - low.Y, x - low.X);
        bool left = (uint)x < (uint)size.X, right = (uint)(x + 1) < (uint)size.X;
        var (near, far) = (0f, 0f);
        if ((uint)y < (uint)size.Y) near = Pair(plane + ((long)y * size.X) + x, left, right, tx);
        if ((uint)(y + 1) < (uint)size.Y) far = Pair(plane + ((y + 1L) * size.X) + x, left, right, tx);
        return Mix(near, far, ty);

        static float Pair(float* at, bool left, bool right, float tx) => Mix(left ? at[0] : 0, right ? at[1] : 0, tx);
    }

    // Four voxels of a plane around each of eight points.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PlaneInside(float* values, int* at, int row, Vector256<float> ty, Vector256<float> tx)
    {
        var a = PairLoads.Load(values, at, out var b);
        var c = PairLoads.Load(values + row, at, out var d);
        return Mix(Mix(a, b, tx), Mix(c, d, tx), ty);
    }

    private interface ISpace
    {
        static abstract bool IsPlanar { get; }

        static abstract float AtEdge(float* values, Window window, Vector128<float> source);

        static abstract Vector256<float> Inside(float* values, in Steps steps, in SourceRow row, int i, int* places);
    }

    private readonly struct Planar : ISpace
    {
        public static bool IsPlanar => true;

        public static float AtEdge(float* values, Window window, Vector128<float> source)
        {
            var floor = Vector128.Floor(source);
            var part = source - floor;
            return PlaneAtEdge(values, window, (int)floor[1], (int)floor[2], part[1], part[2]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Inside(float* values, in Steps steps, in SourceRow row, int i, int* places)
        {
            var (cy, cx) = (row.At(1, i), row.At(2, i));
            var (fy, fx) = (Vector256.Floor(cy), Vector256.Floor(cx));
            steps.At(Vector256<float>.Zero, fy, fx).Store(places);
            return PlaneInside(values, places, steps.Row, cy - fy, cx - fx);
        }
    }

    private readonly struct Spatial : ISpace
    {
        public static bool IsPlanar => false;

        public static float AtEdge(float* values, Window window, Vector128<float> source)
        {
            var floor = Vector128.Floor(source);
            var part = source - floor;
            var (z, size, plane) = ((int)floor[0] - window.Part.Low.Z, window.Part.Shape.Z, (long)window.Steps.Plane);
            var (near, far) = (0f, 0f);
            if ((uint)z < (uint)size) near = PlaneAtEdge(values + (z * plane), window, (int)floor[1], (int)floor[2], part[1], part[2]);
            if ((uint)(z + 1) < (uint)size) far = PlaneAtEdge(values + ((z + 1) * plane), window, (int)floor[1], (int)floor[2], part[1], part[2]);
            return Mix(near, far, part[0]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Inside(float* values, in Steps steps, in SourceRow row, int i, int* places)
        {
            var (cz, cy, cx) = (row.At(0, i), row.At(1, i), row.At(2, i));
            var (fz, fy, fx) = (Vector256.Floor(cz), Vector256.Floor(cy), Vector256.Floor(cx));
            steps.At(fz, fy, fx).Store(places);
            var near = PlaneInside(values, places, steps.Row, cy - fy, cx - fx);
            var far = PlaneInside(values + steps.Plane, places, steps.Row, cy - fy, cx - fx);
            return Mix(near, far, cz - fz);
        }
    }
}
