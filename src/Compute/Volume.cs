namespace ActorSeg.Compute;

/// <summary>
/// A dense volume with channels: <see cref="Data"/> is channel, axis 0, axis 1, axis 2 in C order (nnU-Net's array layout).
/// </summary>
/// <typeparam name="T">float for images and logits, short for label maps with -1 outside the non-zero region.</typeparam>
public sealed class Volume<T> where T : unmanaged
{
    /// <summary>Wraps <paramref name="data"/> without copying.</summary>
    /// <exception cref="ArgumentException">The array's length is not channels x voxels.</exception>
    public Volume(int channels, VolumeShape shape, T[] data)
    {
        if (data.LongLength != checked(channels * shape.Voxels))
            throw new ArgumentException($"{channels} channels of {shape} need {channels * shape.Voxels} values, got {data.LongLength}", nameof(data));
        (Channels, Shape, Data) = (channels, shape, data);
    }

    /// <summary>A volume of zeros.</summary>
    public Volume(int channels, VolumeShape shape) : this(channels, shape, LargeArray.Zeroed<T>(checked(channels * shape.Voxels)))
    {
    }

    /// <summary>The number of channels.</summary>
    public int Channels { get; }

    /// <summary>The extent of each channel.</summary>
    public VolumeShape Shape { get; }

    /// <summary>All values: channel, axis 0, axis 1, axis 2, C order.</summary>
    public T[] Data { get; }

    /// <summary>The values of one channel, without copying.</summary>
    public Span<T> Channel(int channel) => Data.AsSpan(checked((int)(channel * Shape.Voxels)), checked((int)Shape.Voxels));
}
