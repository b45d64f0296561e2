using System.IO.MemoryMappedFiles;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>
/// One array of a stored case, (channels, axis 0, axis 1, axis 2) in C order: a window of a mapped file, or values in memory where the file has to be
/// unpacked or converted first. Boxes may be read from any thread; disposing waits for reads under way.
/// </summary>
internal sealed class StoredCaseArray<T> : IDisposable where T : unmanaged
{
    private readonly T[]? _values;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly long _offset;

    /// <summary>Values in memory.</summary>
    public StoredCaseArray(int channels, VolumeShape shape, T[] values) => (Channels, Shape, _values) = (channels, shape, values);

    /// <summary>A window of a mapped file whose length was checked; takes over the file.</summary>
    public StoredCaseArray(int channels, VolumeShape shape, MemoryMappedFile file, long offset)
    {
        (Channels, Shape, _file, _offset) = (channels, shape, file, offset);
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    public int Channels { get; }

    public VolumeShape Shape { get; }

    /// <summary>Copies a box of all channels; what lies outside becomes <paramref name="outside"/>.</summary>
    public unsafe void Read(Box box, Span<T> target, T outside)
    {
        CheckTarget(box, target.Length);
        if (_values is not null)
        {
            fixed (T* source = _values) Copy(source, box, target, outside);
            return;
        }

        // The handle counts who holds the pointer: a case that is disposed meanwhile is unmapped only afterwards.
        byte* start = null;
        var handle = _view!.SafeMemoryMappedViewHandle;
        handle.AcquirePointer(ref start);
        try
        {
            Copy((T*)(start + _view.PointerOffset + _offset), box, target, outside);
        }
        finally
        {
            handle.ReleasePointer();
        }
    }

    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    private void CheckTarget(Box box, int length)
    {
        var (z, y, x) = ((long)box.High.Z - box.Low.Z, (long)box.High.Y - box.Low.Y, (long)box.High.X - box.Low.X);
        if (z < 0 || y < 0 || x < 0 || Math.Max(z, Math.Max(y, x)) > int.MaxValue)
            throw new ArgumentException($"the box {box} has an extent that is no length", nameof(box));
        if ((Int128)Channels * z * y * x != length)
            throw new ArgumentException($"{Channels} channels of {z}x{y}x{x} voxels do not fill a target of {length}", nameof(box));
    }

    private unsafe void Copy(T* source, Box box, Span<T> target, T outside)
    {
        var (low, shape) = (box.Low, Shape);
        var width = box.High.X - low.X;
        if (target.IsEmpty) return;

        // Along x: outside before, inside, outside behind. The same for every row.
        var before = (int)Math.Clamp(-(long)low.X, 0, width);
        var inside = (int)Math.Clamp((long)shape.X - low.X, before, width) - before;
        var at = 0;
        for (var c = 0; c < Channels; c++)
            for (var z = low.Z; z < box.High.Z; z++)
                for (var y = low.Y; y < box.High.Y; y++, at += width)
                {
                    var row = target.Slice(at, width);
                    if ((uint)z >= (uint)shape.Z || (uint)y >= (uint)shape.Y || inside == 0)
                    {
                        row.Fill(outside);
                        continue;
                    }

                    var start = (((((long)c * shape.Z) + z) * shape.Y) + y) * shape.X;
                    row[..before].Fill(outside);
                    new ReadOnlySpan<T>(source + start + low.X + before, inside).CopyTo(row[before..]);
                    row[(before + inside)..].Fill(outside);
                }
    }
}
