namespace ActorSeg.Compute.Augmentation;

/// <summary>Where the voxels of one row of the network patch come from, in voxels of the loaded patch (spec 06 section 7.1); float32, as the
/// reference's grid.</summary>
internal struct SourceRows(VolumeShape from, VolumeShape to, Affine map)
{
    private readonly float _m0 = (float)map.M[0], _m1 = (float)map.M[1], _m2 = (float)map.M[2];
    private readonly float _m3 = (float)map.M[3], _m4 = (float)map.M[4], _m5 = (float)map.M[5];
    private readonly float _m6 = (float)map.M[6], _m7 = (float)map.M[7], _m8 = (float)map.M[8];
    private readonly float _middle = (to.X - 1) / 2f;
    private float _z, _y, _x;

    /// <summary>The rows of one slice, whichever it is.</summary>
    public static SourceRows InPlane(VolumeShape loaded, VolumeShape patch, Affine map) =>
        new(new VolumeShape(1, loaded.Y, loaded.X), new VolumeShape(1, patch.Y, patch.X), map);

    /// <summary>Goes to a row of the network patch.</summary>
    public void Begin(int z, int y)
    {
        float vz = z - ((to.Z - 1) / 2f), vy = y - ((to.Y - 1) / 2f);
        _z = (_m0 * vz) + (_m1 * vy) + ((from.Z - 1) / 2f);
        _y = (_m3 * vz) + (_m4 * vy) + ((from.Y - 1) / 2f);
        _x = (_m6 * vz) + (_m7 * vy) + ((from.X - 1) / 2f);
    }

    /// <summary>The source of one voxel of the row.</summary>
    public readonly void At(int x, out float cz, out float cy, out float cx)
    {
        var vx = x - _middle;
        (cz, cy, cx) = (_z + (_m2 * vx), _y + (_m5 * vx), _x + (_m8 * vx));
    }
}

/// <summary>
/// Whether a source lies beyond the outermost voxel centres. The reference compares each axis with the size of the mirrored one (spec 06 trap 1);
/// that is replicated, so that label maps agree with it.
/// </summary>
internal readonly struct OutsideTest(VolumeShape from, bool inPlaneOnly)
{
    private readonly float _z = inPlaneOnly ? float.PositiveInfinity : Limit(from.Z, from.X);
    private readonly float _y = inPlaneOnly ? Limit(from.Y, from.X) : Limit(from.Y, from.Y);
    private readonly float _x = inPlaneOnly ? Limit(from.X, from.Y) : Limit(from.X, from.Z);
    private readonly float _middleZ = (from.Z - 1) / 2f, _middleY = (from.Y - 1) / 2f, _middleX = (from.X - 1) / 2f;

    public bool IsOutside(float cz, float cy, float cx) => MathF.Abs(cz - _middleZ) > _z || MathF.Abs(cy - _middleY) > _y || MathF.Abs(cx - _middleX) > _x;

    private static float Limit(int size, int other) => size / 2f * (1 - (1f / other));
}
