using System.Numerics.Tensors;

namespace ActorSeg.Compute.Imaging;

/// <summary>A label map in whole numbers, as it is worked on and written again.</summary>
/// <param name="Labels">C order, reader axis order.</param>
/// <param name="Shape">Their extent.</param>
/// <param name="Spacing">Array axis order, mm.</param>
/// <param name="Geometry">Of the file.</param>
public sealed record LabelMap(ushort[] Labels, VolumeShape Shape, Spacing Spacing, ImageGeometry Geometry)
{
    private const int Block = 1 << 14;

    /// <summary>Bytes a map of so many voxels takes while it is read: the reader's float32 and the labels.</summary>
    public static long PeakBytes(long voxels) => voxels * (sizeof(float) + sizeof(ushort));

    /// <summary>Reads a map.</summary>
    /// <exception cref="DataException">The file is missing or unreadable, or holds a number that is no label (0 to 65535, whole).</exception>
    public static LabelMap Read(IImageReaderWriter reader, string file)
    {
        var image = reader.ReadLabels(file);
        return new LabelMap(Whole(image.Data.Data, file), image.Data.Shape, image.Spacing, image.Geometry);
    }

    /// <summary>Writes it with the geometry it has.</summary>
    public void Write(IImageReaderWriter writer, string file) => writer.WriteLabels(file, Labels, Shape, Geometry);

    private static ushort[] Whole(float[] values, string file)
    {
        var labels = LargeArray.Uninitialized<ushort>(values.Length);
        var back = new float[Block];
        for (var at = 0; at < values.Length; at += Block)
        {
            var part = values.AsSpan(at, Math.Min(Block, values.Length - at));
            var target = labels.AsSpan(at, part.Length);
            TensorPrimitives.ConvertTruncating<float, ushort>(part, target);
            TensorPrimitives.ConvertTruncating<ushort, float>(target, back);
            if (part.SequenceEqual(back.AsSpan(0, part.Length))) continue;
            var wrong = part[part.CommonPrefixLength(back.AsSpan(0, part.Length))];
            throw new DataException(
                file, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"holds the value {wrong:G9}, which is no label"),
                "labels are whole numbers from 0 to 65535; export the label map again");
        }

        return labels;
    }
}
