using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// Voxels that lie one after the other in a stream: NIfTI, and the raw and compressed encodings of NRRD and MetaImage. Converts straight into the
/// target; holds one buffer of 64 KiB besides.
/// </summary>
/// <param name="file">Named in errors.</param>
/// <param name="header">What the file says of itself.</param>
/// <param name="stream">At the first voxel; disposed with the source.</param>
/// <param name="stored">How the numbers are held.</param>
/// <param name="planar">Components lie apart (all of the first, then all of the second, ...) and are brought together here.</param>
internal sealed class RawImageSource(string file, ImageHeader header, Stream stream, StoredVoxels stored, bool planar = false) : ImageSource(file, header)
{
    private const int PartNumbers = 1 << 13;

    private byte[]? _buffer;

    /// <inheritdoc/>
    public override void ReadParts(PartReader part)
    {
        if (planar && Header.Components > 1)
        {
            base.ReadParts(part);
            return;
        }

        var numbers = new double[Math.Max(1, PartNumbers / Header.Components) * Header.Components];
        try
        {
            for (long done = 0; done < Header.Values; done += numbers.Length)
            {
                var some = numbers.AsSpan(0, (int)Math.Min(numbers.Length, Header.Values - done));
                Fill(some);
                part(some);
            }

            ImageFile.Finish(stream);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            Tell(e);
        }
    }

    /// <inheritdoc/>
    protected override void ReadAll<T>(Span<T> values)
    {
        try
        {
            if (planar && Header.Components > 1) Gather(values);
            else Fill(values);
            ImageFile.Finish(stream);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            Tell(e);
        }
    }

    private void Tell(Exception failure) => ImageFile.Guard<int>(File, () => throw failure);

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
    }

    private void Gather<T>(Span<T> values) where T : unmanaged, INumber<T>
    {
        var plane = new T[checked((int)Header.Voxels)];
        for (var component = 0; component < Header.Components; component++)
        {
            Fill<T>(plane);
            for (var i = 0; i < plane.Length; i++) values[(i * Header.Components) + component] = plane[i];
        }
    }

    private void Fill<T>(Span<T> values) where T : unmanaged, INumber<T>
    {
        // Of the target's own type: read in place, in runs that stay in the cache until they are converted.
        if (VoxelTypes.Of<T>() != stored.Type || stored.Rescales)
        {
            Buffered(values);
            return;
        }

        var run = 4 * ImageFile.BufferBytes / stored.Type.Bytes();
        for (var done = 0; done < values.Length;)
        {
            var part = values.Slice(done, Math.Min(values.Length - done, run));
            var bytes = MemoryMarshal.AsBytes(part);
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Short(done, values.Length);
            stored.Convert(bytes, part);
            done += part.Length;
        }
    }

    private void Buffered<T>(Span<T> values) where T : unmanaged, INumber<T>
    {
        var width = stored.Type.Bytes();
        var buffer = _buffer ??= new byte[ImageFile.BufferBytes];
        for (var done = 0; done < values.Length;)
        {
            var count = Math.Min(ImageFile.BufferBytes / width, values.Length - done);
            var bytes = buffer.AsSpan(0, count * width);
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Short(done, values.Length);
            stored.Convert(bytes, values.Slice(done, count));
            done += count;
        }
    }

    private DataException Short(int done, int wanted) =>
        new(File, $"ends after about {done} of {wanted} values", "it is truncated; copy or export it again");
}
