using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// Where the voxels of one row of the network patch come from, in voxels of the loaded patch (spec 06 section 7.1); float32, as the reference's grid.
/// Vectors of four hold the axes 0, 1 and 2.
/// </summary>
internal struct SourceRow
{
    private readonly Vector128<float> _columnZ, _columnY, _from;
    private readonly float _middleZ, _middleY;

    /// <param name="loaded">Extent of the loaded patch.</param>
    /// <param name="to">Of the network patch.</param>
    /// <param name="map">From offsets in the network patch to offsets in the loaded one.</param>
    public SourceRow(VolumeShape loaded, VolumeShape to, Affine map)
    {
        _columnZ = Vector128.Create((float)map.Zz, (float)map.Yz, (float)map.Xz, 0);
        _columnY = Vector128.Create((float)map.Zy, (float)map.Yy, (float)map.Xy, 0);
        Step = Vector128.Create((float)map.Zx, (float)map.Yx, (float)map.Xx, 0);
        _from = Vector128.Create((loaded.Z - 1) / 2f, (loaded.Y - 1) / 2f, (loaded.X - 1) / 2f, 0);
        (_middleZ, _middleY, Middle) = ((to.Z - 1) / 2f, (to.Y - 1) / 2f, (to.X - 1) / 2f);
    }

    /// <summary>What a step along the row adds.</summary>
    public readonly Vector128<float> Step { get; }

    /// <summary>The middle of the row, whose source is <see cref="Start"/>.</summary>
    public readonly float Middle { get; }

    /// <summary>The source of the row's middle.</summary>
    public Vector128<float> Start { get; private set; }

    /// <summary>Goes to a row of the network patch.</summary>
    public void Begin(int z, int y) => Start = (_columnZ * (z - _middleZ)) + (_columnY * (y - _middleY)) + _from;

    /// <summary>The source of one voxel of the row. Multiplied, then added: fused into one rounding it would not be what the reference has.</summary>
    public readonly Vector128<float> At(int i) => Start + (Step * (i - Middle));

    /// <summary>Eight voxels' sources on one axis.</summary>
    /// <param name="axis">0, 1 or 2.</param>
    /// <param name="i">The first voxel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector256<float> At(int axis, int i)
    {
        var offset = Vector256.ConvertToSingle(Vector256.Create(i) + Vector256<int>.Indices) - Vector256.Create(Middle);
        return Vector256.Create(Start[axis]) + (Vector256.Create(Step[axis]) * offset);
    }
}
