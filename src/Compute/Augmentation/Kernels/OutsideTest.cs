using System.Runtime.Intrinsics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// Whether a source lies beyond the outermost voxel centres. The reference compares each axis with the size of the mirrored one (spec 06 trap 1);
/// that is replicated, so that label maps agree with it.
/// </summary>
internal readonly struct OutsideTest(VolumeShape loaded, bool inPlaneOnly)
{
    /// <summary>The middle of the loaded patch on each axis.</summary>
    public Vector128<float> Middle { get; } = Vector128.Create((loaded.Z - 1) / 2f, (loaded.Y - 1) / 2f, (loaded.X - 1) / 2f, 0);

    /// <summary>How far from it is inside.</summary>
    public Vector128<float> Limit { get; } = inPlaneOnly
        ? Vector128.Create(float.PositiveInfinity, LimitOf(loaded.Y, loaded.X), LimitOf(loaded.X, loaded.Y), float.PositiveInfinity)
        : Vector128.Create(LimitOf(loaded.Z, loaded.X), LimitOf(loaded.Y, loaded.Y), LimitOf(loaded.X, loaded.Z), float.PositiveInfinity);

    /// <summary>Whether the label there is -1, whatever lies around it.</summary>
    public bool IsOutside(Vector128<float> source) => Vector128.GreaterThanAny(Vector128.Abs(source - Middle), Limit);

    private static float LimitOf(int size, int other) => size / 2f * (1 - (1f / other));
}
