using System.Numerics;

namespace ActorSeg.Compute.Imaging;

/// <summary>
/// An image file that was opened: its header is known, its voxels are still in the file. One thread; voxels can be read once.
/// </summary>
/// <param name="file">Named in errors.</param>
/// <param name="header">What the file says of itself.</param>
public abstract class ImageSource(string file, ImageHeader header) : IDisposable
{
    /// <summary>The file as it was given.</summary>
    public string File { get; } = file;

    /// <summary>What the file says of itself.</summary>
    public ImageHeader Header { get; } = header;

    /// <summary>
    /// Fills <paramref name="values"/> with all numbers: x varies fastest after the components of a voxel, which lie together. Slope and
    /// intercept are applied; what does not fit <typeparamref name="T"/> is cut as a cast cuts it.
    /// </summary>
    /// <param name="values">As long as the header says.</param>
    /// <exception cref="DataException">The file is damaged or ends early.</exception>
    public void Read<T>(Span<T> values) where T : unmanaged, INumber<T>
    {
        if (values.Length != Header.Values) throw new ArgumentException($"the image has {Header.Values} values, not {values.Length}", nameof(values));
        ReadAll(values);
    }

    /// <summary>All numbers in a new array; see <see cref="Read"/>.</summary>
    /// <exception cref="DataException">The file is damaged, ends early, or has more values than an array can hold.</exception>
    public T[] ReadArray<T>() where T : unmanaged, INumber<T>
    {
        if (Header.Values > Array.MaxLength)
            throw new DataException(File, $"has {Header.Values} values, more than fit into memory at once ({Array.MaxLength})", "cut it into parts");
        var values = LargeArray.Uninitialized<T>(Header.Values);
        ReadAll<T>(values);
        return values;
    }

    /// <summary>
    /// Hands over all numbers in their order, in parts of whole voxels, as doubles; formats whose voxels follow one another hold one part at a time,
    /// so that an image of any size can be looked at.
    /// </summary>
    /// <exception cref="DataException">The file is damaged or ends early.</exception>
    public virtual void ReadParts(PartReader part) => part(ReadArray<double>());

    /// <summary>Sees a part of an image's numbers.</summary>
    public delegate void PartReader(ReadOnlySpan<double> part);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>As <see cref="Read"/>; the length has been checked.</summary>
    protected abstract void ReadAll<T>(Span<T> values) where T : unmanaged, INumber<T>;

    /// <summary>Closes what is open.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
