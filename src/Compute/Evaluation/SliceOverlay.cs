using System.Numerics.Tensors;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Evaluation;

/// <summary>nnU-Net's overlay of one slice with its labels (spec 08 section 6): which slice is shown, and how colours are laid over it.</summary>
public static class SliceOverlay
{
    // The background's colour, black, comes first: the k-th lowest label of a slice gets the k-th colour.
    private static readonly int[] Colours =
    [
        0x000000, 0x4363d8, 0xf58231, 0x3cb44b, 0xe6194B, 0x911eb4, 0xffe119, 0xbfef45, 0x42d4f4, 0xf032e6, 0x000075, 0x9A6324, 0x808000, 0x800000, 0x469990,
    ];

    /// <summary>
    /// The slice along axis 0 that shows the classes best, the first of equal ones; slice 0 without foreground. A class's column of counts is divided by the sum of
    /// all columns so far, as the reference does, and not by its own.
    /// </summary>
    /// <param name="labels">C order; only values above 0 count.</param>
    /// <param name="shape">Their extent.</param>
    public static int BestSlice(ReadOnlySpan<short> labels, VolumeShape shape)
    {
        var counts = new SortedDictionary<short, double[]>();
        var plane = shape.Y * shape.X;
        for (var z = 0; z < shape.Z; z++)
        {
            var slice = labels.Slice(z * plane, plane);
            for (var at = 0; at < slice.Length;)
            {
                var value = slice[at];
                var next = slice[at..].IndexOfAnyExcept(value) is >= 0 and var length ? at + length : slice.Length;
                if (value > 0)
                {
                    if (!counts.TryGetValue(value, out var column)) counts.Add(value, column = new double[shape.Z]);
                    column[z] += next - at;
                }

                at = next;
            }
        }

        var (means, before) = (new double[shape.Z], 0.0);
        foreach (var column in counts.Values)
        {
            var sum = before + column.Sum();
            for (var z = 0; z < column.Length; z++) means[z] += column[z] / sum;
            before += column.Sum() / sum;
        }

        return means.AsSpan().IndexOf(TensorPrimitives.Max<double>(means));
    }

    /// <summary>Lays the labels' colours over a slice.</summary>
    /// <param name="image">Any range; what is not a number is black.</param>
    /// <param name="labels">As many pixels; values below 0 count as 0.</param>
    /// <param name="intensity">How strongly colours show; 1 as strongly as the brightest pixel.</param>
    /// <returns>Red, green, blue, opacity (255) of each pixel. A slice of one brightness is black under its labels.</returns>
    public static byte[] Blend(ReadOnlySpan<float> image, ReadOnlySpan<short> labels, double intensity)
    {
        var (grey, rgb) = (Stretched(image), new float[3 * image.Length]);
        var ranks = labels.ToArray().Select(label => Math.Max(label, (short)0)).Distinct().Order().Select((label, rank) => (label, rank)).ToDictionary(p => p.label, p => p.rank);
        for (var i = 0; i < grey.Length; i++)
        {
            // Beyond the last colour they begin again, where the reference gives up.
            var colour = Colours[ranks[Math.Max(labels[i], (short)0)] % Colours.Length];
            for (var c = 0; c < 3; c++) rgb[(3 * i) + c] = (float)(grey[i] + (intensity * ((colour >> (16 - (8 * c))) & 0xFF)));
        }

        var largest = TensorPrimitives.Max<float>(rgb);
        var result = new byte[4 * grey.Length];
        for (var i = 0; i < grey.Length; i++)
        {
            for (var c = 0; c < 3; c++) result[(4 * i) + c] = largest > 0 ? (byte)(rgb[(3 * i) + c] / largest * 255) : (byte)0;
            result[(4 * i) + 3] = 255;
        }

        return result;
    }

    /// <summary>Writes a blended slice as PNG, durably.</summary>
    public static void Save(string file, byte[] rgba, int height, int width) =>
        ImageFormats.Write<byte>(file, rgba, ImageHeader.WithoutGeometry("PNG", VoxelType.UInt8, [width, height]) with { Kind = VoxelKind.Rgba, Components = 4 });

    // From 0 to 255.
    private static float[] Stretched(ReadOnlySpan<float> image)
    {
        var grey = image.ToArray();
        for (var i = 0; i < grey.Length; i++)
            if (!float.IsFinite(grey[i]))
                grey[i] = 0;
        TensorPrimitives.Subtract(grey, TensorPrimitives.Min<float>(grey), grey);
        var largest = TensorPrimitives.Max<float>(grey);
        if (largest == 0) return grey;
        for (var i = 0; i < grey.Length; i++) grey[i] = grey[i] / largest * 255;
        return grey;
    }
}
