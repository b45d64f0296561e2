using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>
/// One array of a stored case, (channels, axis 0, axis 1, axis 2) in C order: a window of a file, or values in memory where the file has to be unpacked or
/// converted first. Boxes may be read from any thread; a read holds one plane of the box, as wide as the array.
/// </summary>
internal sealed class StoredCaseArray<T> : IDisposable where T : unmanaged
{
    private readonly T[]? _values;
    private readonly StoredFile? _file;
    private readonly long _offset;
    private volatile bool _disposed;

    /// <summary>Values in memory.</summary>
    public StoredCaseArray(int channels, VolumeShape shape, T[] values) => (Channels, Shape, _values) = (channels, shape, values);

    /// <summary>A window of a file whose length was checked.</summary>
    public StoredCaseArray(int channels, VolumeShape shape, StoredFile file, long offset) => (Channels, Shape, _file, _offset) = (channels, shape, file, offset);

    public int Channels { get; }

    public VolumeShape Shape { get; }

    /// <summary>Copies a box of all channels; what lies outside becomes <paramref name="outside"/>.</summary>
    /// <exception cref="DataException">The file was changed since the case was opened.</exception>
    public void Read(Box box, Span<T> target, T outside)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CheckTarget(box, target.Length);
        if (target.IsEmpty) return;
        if (_file is null)
        {
            Copy(null, box, target, outside);
            return;
        }

        using var file = _file.Open();
        Copy(file, box, target, outside);
    }

    public void Dispose() => _disposed = true;

    private void CheckTarget(Box box, int length)
    {
        var (z, y, x) = ((long)box.High.Z - box.Low.Z, (long)box.High.Y - box.Low.Y, (long)box.High.X - box.Low.X);
        if (z < 0 || y < 0 || x < 0 || Math.Max(z, Math.Max(y, x)) > int.MaxValue)
            throw new ArgumentException($"the box {box} has an extent that is no length", nameof(box));
        if ((Int128)Channels * z * y * x != length)
            throw new ArgumentException($"{Channels} channels of {z}x{y}x{x} voxels do not fill a target of {length}", nameof(box));
    }

    private void Copy(SafeFileHandle? file, Box box, Span<T> target, T outside)
    {
        var (low, shape) = (box.Low, Shape);
        var (height, width) = (box.High.Y - low.Y, box.High.X - low.X);
        var (above, rows) = Within(low.Y, height, shape.Y);
        var (before, columns) = Within(low.X, width, shape.X);
        if (rows == 0 || columns == 0)
        {
            target.Fill(outside);
            return;
        }

        var at = 0;
        // From the first voxel of a plane that is needed to the last: one read, though it holds what lies beside the box too.
        var length = ((rows - 1) * shape.X) + columns;
        var scratch = file is null ? null : ArrayPool<T>.Shared.Rent(length);
        try
        {
            for (var c = 0; c < Channels; c++)
                for (var z = low.Z; z < box.High.Z; z++, at += height * width)
                {
                    var plane = target.Slice(at, height * width);
                    if ((uint)z >= (uint)shape.Z)
                    {
                        plane.Fill(outside);
                        continue;
                    }

                    var start = (((((long)c * shape.Z) + z) * shape.Y) + low.Y + above) * shape.X + low.X + before;
                    if (rows < height || columns < width) plane.Fill(outside);
                    CopyRows(Source(file, start, length, scratch), shape.X, plane[((above * width) + before)..], width, rows, columns);
                }
        }
        finally
        {
            if (scratch is not null) ArrayPool<T>.Shared.Return(scratch);
        }
    }

    private ReadOnlySpan<T> Source(SafeFileHandle? file, long start, int length, T[]? scratch)
    {
        if (file is null) return _values.AsSpan(checked((int)start), length);
        _file!.Read(file, MemoryMarshal.AsBytes(scratch.AsSpan(0, length)), _offset + (start * Unsafe.SizeOf<T>()));
        return scratch.AsSpan(0, length);
    }

    private static void CopyRows(ReadOnlySpan<T> source, int sourceWidth, Span<T> target, int width, int rows, int columns)
    {
        for (var row = 0; row < rows; row++) source.Slice(row * sourceWidth, columns).CopyTo(target[(row * width)..]);
    }

    // Of the extent from low on: how much lies before the array, and how much within it.
    private static (int Before, int Inside) Within(int low, int extent, int size)
    {
        var before = (int)Math.Clamp(-(long)low, 0, extent);
        return (before, (int)Math.Clamp((long)size - low, before, extent) - before);
    }
}
