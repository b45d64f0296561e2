using ActorSeg.Compute.Files;
using SkiaSharp;

namespace ActorSeg.Compute.Evaluation;

/// <summary>An image with label maps side by side, in three directions through the middle of the foreground.</summary>
public static class OverlayPng
{
    private const int Margin = 8, PanelWidth = 360, HeadHeight = 40;
    private const float Alpha = 0.45f;

    private static readonly SKColor[] Palette =
    [
        new(0xE6, 0x19, 0x4B), new(0x3C, 0xB4, 0x4B), new(0x43, 0x63, 0xD8), new(0xFF, 0xE1, 0x19), new(0xF5, 0x82, 0x31), new(0x91, 0x1E, 0xB4),
        new(0x42, 0xD4, 0xF4), new(0xF0, 0x32, 0xE6), new(0xBF, 0xEF, 0x45), new(0xFA, 0xBE, 0xD4),
    ];

    /// <summary>Draws and writes the picture, durably.</summary>
    /// <param name="path">Target; its folder exists.</param>
    /// <param name="image">The first channel is shown.</param>
    /// <param name="reference">Label map of the same extent.</param>
    /// <param name="prediction">Label map of the same extent.</param>
    /// <param name="spacing">Array axis order: pixels are drawn in their true proportions.</param>
    /// <param name="title">Above the panels.</param>
    public static void Draw(string path, Volume<float> image, ushort[] reference, ushort[] prediction, Spacing spacing, string title)
    {
        var png = Render(image, spacing, reference, [(title, null), ("reference", reference), ("prediction", prediction)], PanelWidth);
        DurableFile.Write(path, stream => stream.Write(png));
    }

    /// <summary>A PNG with one column for each label map, in three directions (one for a single slice).</summary>
    /// <param name="image">The first channel is shown.</param>
    /// <param name="spacing">Array axis order: pixels are drawn in their true proportions.</param>
    /// <param name="centre">The views go through the middle of this map's foreground.</param>
    /// <param name="columns">What stands above each, and the labels drawn over it; null draws none.</param>
    /// <param name="panelWidth">Pixels of a column.</param>
    public static byte[] Render(Volume<float> image, Spacing spacing, ushort[] centre, IReadOnlyList<(string Head, ushort[]? Labels)> columns, int panelWidth)
    {
        var middle = Centre(centre, image.Shape);
        var window = Window(image.Channel(0));
        var views = Enumerable.Range(0, 3).Where(axis => Others(axis).All(a => image.Shape[a] > 1)).DefaultIfEmpty(0).ToArray();
        var heights = views.Select(axis => PanelHeight(image.Shape, spacing, axis, panelWidth)).ToArray();
        using var bitmap = new SKBitmap((columns.Count * (panelWidth + Margin)) + Margin, HeadHeight + heights.Sum(h => h + Margin));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(new SKColor(0x18, 0x18, 0x1C));
        Head(canvas, [.. columns.Select(c => c.Head)], panelWidth);
        var top = HeadHeight;
        for (var row = 0; row < views.Length; row++)
        {
            for (var column = 0; column < columns.Count; column++)
            {
                using var slice = Slice(image, columns[column].Labels, views[row], middle[views[row]], window);
                var left = Margin + (column * (panelWidth + Margin));
                using var picture = SKImage.FromBitmap(slice);
                canvas.DrawImage(picture, new SKRect(left, top, left + panelWidth, top + heights[row]), new SKSamplingOptions(SKFilterMode.Nearest));
            }

            top += heights[row] + Margin;
        }

        using var whole = SKImage.FromBitmap(bitmap);
        using var png = whole.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static int[] Others(int axis) => [.. Enumerable.Range(0, 3).Where(a => a != axis)];

    private static int PanelHeight(VolumeShape shape, Spacing spacing, int axis, int width)
    {
        var o = Others(axis);
        // An artificial spacing (2D images) says nothing about proportions, and a very long panel says nothing at all.
        return (int)Math.Clamp(width * (shape[o[0]] * spacing[o[0]]) / (shape[o[1]] * spacing[o[1]]), 60, 3 * width);
    }

    // The foreground's middle on each axis; the volume's where there is none.
    private static int[] Centre(ushort[] labels, VolumeShape shape)
    {
        long[] sum = [0, 0, 0];
        long count = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] == 0) continue;
            sum[0] += i / (shape.Y * shape.X);
            sum[1] += i / shape.X % shape.Y;
            sum[2] += i % shape.X;
            count++;
        }

        return [.. Enumerable.Range(0, 3).Select(axis => count == 0 ? shape[axis] / 2 : (int)(sum[axis] / count))];
    }

    // From the 1st to the 99th percentile, so that a few bright voxels do not darken the rest.
    private static (float Low, float High) Window(ReadOnlySpan<float> values)
    {
        var step = Math.Max(1, values.Length / 200_000);
        var sample = new List<float>();
        for (var i = 0; i < values.Length; i += step) sample.Add(values[i]);
        sample.Sort();
        var (low, high) = (sample[sample.Count / 100], sample[Math.Min(sample.Count - 1, sample.Count * 99 / 100)]);
        return (low, high > low ? high : low + 1);
    }

    private static SKBitmap Slice(Volume<float> image, ushort[]? labels, int axis, int at, (float Low, float High) window)
    {
        var (shape, o) = (image.Shape, Others(axis));
        var values = image.Channel(0);
        var bitmap = new SKBitmap(shape[o[1]], shape[o[0]]);
        Span<int> position = stackalloc int[3];
        position[axis] = at;
        for (var v = 0; v < shape[o[0]]; v++)
            for (var u = 0; u < shape[o[1]]; u++)
            {
                (position[o[0]], position[o[1]]) = (v, u);
                var voxel = (((position[0] * shape.Y) + position[1]) * shape.X) + position[2];
                var gray = Math.Clamp((values[voxel] - window.Low) / (window.High - window.Low), 0, 1) * 255;
                // The slice axis of medical images points up: rows of the other two views are drawn from the bottom.
                bitmap.SetPixel(u, axis == 0 ? v : shape[o[0]] - 1 - v, Mixed(gray, labels?[voxel] ?? 0));
            }

        return bitmap;
    }

    /// <summary>The colour of a label, as HTML writes it.</summary>
    internal static string ColourOf(int label) => $"#{(uint)Palette[(Math.Max(label, 1) - 1) % Palette.Length] & 0xFFFFFF:x6}";

    private static SKColor Mixed(float gray, int label)
    {
        if (label == 0) return new SKColor((byte)gray, (byte)gray, (byte)gray);
        var colour = Palette[(label - 1) % Palette.Length];
        byte Mix(byte c) => (byte)((gray * (1 - Alpha)) + (c * Alpha));
        return new SKColor(Mix(colour.Red), Mix(colour.Green), Mix(colour.Blue));
    }

    // Where the system has no font the panels stand without words.
    private static void Head(SKCanvas canvas, IReadOnlyList<string> heads, int panelWidth)
    {
        using var font = new SKFont(SKTypeface.Default, 15);
        using var paint = new SKPaint { Color = SKColors.White, IsAntialias = true };
        for (var column = 0; column < heads.Count; column++) canvas.DrawText(heads[column], Margin + (column * (panelWidth + Margin)), 26, font, paint);
    }
}
