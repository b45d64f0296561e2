using System.Numerics;

namespace ActorSeg.Compute.Imaging;

/// <summary>Images from one format into another, in the type they are read as and in their place; and label maps as one mask a label.</summary>
public static class ImageConversion
{
    /// <summary>The most bytes a conversion of a file holds at once.</summary>
    /// <exception cref="DataException">The file cannot be opened.</exception>
    public static long PeakBytes(string file)
    {
        using var source = ImageFormats.Open(file);
        return source.Header.Values * (source.Header.Type.Bytes() + 1L);
    }

    /// <summary>Writes an image in the format of another ending. Slope and intercept are applied; nothing else changes.</summary>
    /// <param name="file">Any format of <see cref="ImageFormats"/>.</param>
    /// <param name="target">Its folder exists; an existing file is replaced, durably.</param>
    /// <exception cref="DataException">The file cannot be read, or the other format cannot hold it.</exception>
    public static void Convert(string file, string target)
    {
        using var source = ImageFormats.Open(file);
        source.Header.Type.With(new Copying(source, target));
    }

    /// <summary>Writes a mask for each label: uint8, 1 where the voxel has one of its values, else 0.</summary>
    /// <param name="file">A label map: whole numbers, one a voxel.</param>
    /// <param name="labels">Values of each mask by name; null makes <c>label_V</c> of each value that occurs, 0 left out.</param>
    /// <param name="target">The file of a mask by its name; its folder exists.</param>
    /// <returns>The files, in the order of the labels.</returns>
    /// <exception cref="DataException">The file cannot be read, is no label map, or the format cannot hold a mask.</exception>
    public static IReadOnlyList<string> WriteMasks(string file, IReadOnlyList<KeyValuePair<string, IReadOnlyList<int>>>? labels, Func<string, string> target)
    {
        using var source = ImageFormats.Open(file);
        if (source.Header.Components != 1)
            throw new DataException(file, $"holds {source.Header.Components} numbers a voxel, but a label map has one", "give a label map");
        var values = LabelsOf(source);
        labels ??= [.. values.Distinct().Where(v => v != 0).Order().Select(v => KeyValuePair.Create($"label_{v}", (IReadOnlyList<int>)[v]))];
        // All names first: what stands in the way of one mask is told before any is written.
        var (targets, mask) = (labels.Select(label => target(label.Key)).ToArray(), new byte[values.Length]);
        foreach (var (covered, written) in labels.Select(label => label.Value).Zip(targets))
        {
            var wanted = new bool[ushort.MaxValue + 1];
            foreach (var value in covered) wanted[value] = true;
            for (var i = 0; i < mask.Length; i++) mask[i] = wanted[values[i]] ? (byte)1 : (byte)0;
            ImageFormats.Write<byte>(written, mask, source.Header with { Type = VoxelType.UInt8 });
        }

        return targets;
    }

    private static ushort[] LabelsOf(ImageSource source)
    {
        if (source.Header.Type is VoxelType.UInt8 or VoxelType.UInt16) return source.ReadArray<ushort>();
        var read = source.ReadArray<double>();
        var labels = new ushort[read.Length];
        for (var i = 0; i < read.Length; i++)
        {
            if (!(read[i] is >= 0 and <= ushort.MaxValue && read[i] == Math.Floor(read[i])))
                throw new DataException(source.File, $"holds the value {read[i]}, which is no label", $"give a label map: whole numbers from 0 to {ushort.MaxValue}");
            labels[i] = (ushort)read[i];
        }

        return labels;
    }

    private sealed class Copying(ImageSource source, string target) : IVoxelAction
    {
        public void Run<T>() where T : unmanaged, INumber<T> => ImageFormats.Write<T>(target, source.ReadArray<T>(), source.Header);
    }
}
