namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>A sample in network size that is being augmented.</summary>
/// <param name="data">Network input, channels x voxels, C order: the image, then one channel a foreground label where there is a stage before.</param>
/// <param name="channels">Of the image.</param>
/// <param name="labels">One label map; -1 outside.</param>
/// <param name="previous">The label map of the stage before, or nothing.</param>
/// <param name="shape">Of all of them; 2D has a leading 1.</param>
/// <param name="memory">Working memory.</param>
internal readonly ref struct Sample(Span<float> data, int channels, Span<short> labels, Span<short> previous, VolumeShape shape, Workspace memory)
{
    /// <summary>Channels of the image.</summary>
    public int Channels => channels;

    /// <summary>All image channels.</summary>
    public Span<float> Image { get; } = data[..(channels * labels.Length)];

    /// <summary>All channels of the stage before.</summary>
    public Span<float> PreviousChannels { get; } = data[(channels * labels.Length)..];

    /// <summary>The label map.</summary>
    public Span<short> Labels { get; } = labels;

    /// <summary>That of the stage before; empty where there is none.</summary>
    public Span<short> Previous { get; } = previous;

    /// <summary>Extent of the sample.</summary>
    public VolumeShape Shape => shape;

    /// <summary>Working memory.</summary>
    public Workspace Memory => memory;

    /// <summary>One image channel.</summary>
    public Span<float> Channel(int channel) => Image.Slice(channel * Labels.Length, Labels.Length);

    /// <summary>The channel of one foreground label of the stage before, from 0.</summary>
    public Span<float> PreviousChannel(int index) => PreviousChannels.Slice(index * Labels.Length, Labels.Length);
}
