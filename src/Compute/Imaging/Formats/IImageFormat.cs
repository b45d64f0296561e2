namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>A file format: how its files are opened and written.</summary>
internal interface IImageFormat
{
    /// <summary>Endings of its files, lower case with dot; those it also writes.</summary>
    IReadOnlyList<string> Endings { get; }

    /// <summary>Reads and checks the header. Nothing is allocated on its word; the voxels are read from the source.</summary>
    /// <exception cref="DataException">The file is missing, unreadable, damaged, or not of this format.</exception>
    ImageSource Open(string file);

    /// <summary>Writes an image durably (temporary name, then rename).</summary>
    /// <param name="file">Ends in one of <see cref="Endings"/>; its folder exists.</param>
    /// <param name="values">x fastest after the components of a voxel.</param>
    /// <param name="header">Size, components and place; the type is that of <typeparamref name="T"/>.</param>
    /// <exception cref="DataException">The format cannot hold such an image.</exception>
    void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged;

    /// <summary>Writes a label map as uint8, or as uint16 where a label is above 254 (spec 01 section 5.1). Formats for large maps do it without a copy.</summary>
    /// <exception cref="DataException">The format cannot hold such an image.</exception>
    void WriteLabels(string file, ReadOnlySpan<ushort> labels, ImageHeader header)
    {
        if (LabelWriting.Fits(labels)) Write<byte>(file, LabelWriting.Narrow(labels), header with { Type = VoxelType.UInt8 });
        else Write(file, labels, header with { Type = VoxelType.UInt16 });
    }
}
