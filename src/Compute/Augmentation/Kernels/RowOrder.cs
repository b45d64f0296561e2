namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// The rows of a volume, a few of all slices before the next ones: rows one above the other are made of much the same voxels of a turned volume, which are then still
/// in the processor's cache.
/// </summary>
internal struct RowOrder(VolumeShape shape)
{
    private const int Together = 32;

    private int _first = 0, _z = 0, _y = -1;

    /// <summary>Slice and row.</summary>
    public readonly (int Z, int Y) Current => (_z, _y);

    /// <summary>For foreach.</summary>
    public readonly RowOrder GetEnumerator() => this;

    /// <summary>Goes on.</summary>
    public bool MoveNext()
    {
        if (++_y < Math.Min(_first + Together, shape.Y)) return true;
        if (++_z == shape.Z) (_z, _first) = (0, _first + Together);
        _y = _first;
        return _first < shape.Y;
    }
}
