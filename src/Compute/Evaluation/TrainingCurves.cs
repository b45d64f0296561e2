using ActorSeg.Compute.Files;
using ActorSeg.Compute.Training;
using SkiaSharp;

namespace ActorSeg.Compute.Evaluation;

/// <summary>nnU-Net's progress.png: losses and pseudo Dice, epoch times, learning rate (spec 05 section 10).</summary>
public static class TrainingCurves
{
    private const int Width = 1000, PanelHeight = 300, Left = 70, Right = 60, Top = 30, Bottom = 30;

    /// <summary>Draws and writes the picture, durably. Points that are not finite are left out.</summary>
    public static void Draw(string path, IReadOnlyList<EpochRecord> history)
    {
        using var bitmap = new SKBitmap(Width, 3 * PanelHeight);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        Panel(canvas, 0, "loss", history, (SKColors.Blue, "loss_tr", r => r.TrainLoss), (SKColors.Red, "loss_val", r => r.ValidationLoss));
        Curves(canvas, 0, history, (0, 1), (SKColors.LightGreen, "pseudo dice", r => r.MeanForegroundDice), (SKColors.Green, "pseudo dice (mov. avg.)", r => r.EmaForegroundDice));
        Panel(canvas, 1, "epoch duration, s", history, (SKColors.Blue, "epoch duration", r => r.Ended - r.Started));
        Panel(canvas, 2, "learning rate", history, (SKColors.Blue, "learning rate", r => r.LearningRate));
        using var whole = SKImage.FromBitmap(bitmap);
        using var png = whole.Encode(SKEncodedImageFormat.Png, 100);
        DurableFile.Write(path, stream => png.SaveTo(stream));
    }

    private static void Panel(SKCanvas canvas, int row, string unit, IReadOnlyList<EpochRecord> history, params (SKColor Colour, string Name, Func<EpochRecord, double> Value)[] curves)
    {
        using var frame = new SKPaint { Color = SKColors.Gray, Style = SKPaintStyle.Stroke };
        canvas.DrawRect(Left, (row * PanelHeight) + Top, Width - Left - Right, PanelHeight - Top - Bottom, frame);
        var values = history.SelectMany(r => curves.Select(c => c.Value(r))).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var (low, high) = (values.Min(), values.Max());
        if (row == 1) low = 0;
        if (high - low < 1e-12) high = low + 1;
        Text(canvas, 4, (row * PanelHeight) + Top + 12, $"{high:G3}", SKColors.Black);
        Text(canvas, 4, ((row + 1) * PanelHeight) - Bottom, $"{low:G3}", SKColors.Black);
        Text(canvas, Left, (row * PanelHeight) + 20, unit, SKColors.Black);
        Curves(canvas, row, history, (low, high), curves);
    }

    private static void Curves(
        SKCanvas canvas, int row, IReadOnlyList<EpochRecord> history, (double Low, double High) range, params (SKColor Colour, string Name, Func<EpochRecord, double> Value)[] curves)
    {
        var legend = Left + 170 + (row == 0 && range == (0, 1) ? 220 : 0);
        foreach (var (colour, name, value) in curves)
        {
            using var paint = new SKPaint { Color = colour, StrokeWidth = 2, IsAntialias = true };
            var points = history.Where(r => double.IsFinite(value(r))).Select(r => Point(row, r.Epoch, history.Count, (value(r) - range.Low) / (range.High - range.Low))).ToArray();
            for (var i = 1; i < points.Length; i++) canvas.DrawLine(points[i - 1], points[i], paint);
            foreach (var point in points) canvas.DrawCircle(point, 2, paint);
            Text(canvas, legend, (row * PanelHeight) + 20, name, colour);
            legend += 100;
        }
    }

    private static SKPoint Point(int row, int epoch, int epochs, double height) => new(
        Left + ((Width - Left - Right) * (epochs <= 1 ? 0.5f : (float)epoch / (epochs - 1))),
        ((row + 1) * PanelHeight) - Bottom - ((PanelHeight - Top - Bottom) * (float)Math.Clamp(height, 0, 1)));

    private static void Text(SKCanvas canvas, float x, float y, string text, SKColor colour)
    {
        using var font = new SKFont(SKTypeface.Default, 13);
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(text, x, y, font, paint);
    }
}
