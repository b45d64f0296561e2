using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Rendering;

/// <summary>What an image holds, axes in file order (x, y, z, t).</summary>
internal static class ImageReport
{
    private static readonly string[] Endings = [".nii.gz", ".nii"];

    public static Report Of(string file, CaseImage image)
    {
        var (size, geometry, values) = (Size(image), image.Geometry, Values.Of(image.Data.Data));
        var format = Endings.First(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))[1..];
        var json = new JsonObject
        {
            ["format"] = format,
            ["dtype"] = null, // readers hand out float32 whatever is stored, and do not tell what was
            ["components"] = 1, // files with vectors a voxel are refused
            ["size"] = JsonValues.Array(size, n => JsonValue.Create(n)),
            ["spacing"] = JsonValues.Array(geometry.Spacing, JsonValues.Number),
            ["origin"] = JsonValues.Array(geometry.Origin, JsonValues.Number),
            ["direction"] = JsonValues.Array(geometry.Direction, JsonValues.Number),
            ["min"] = JsonValues.Number(values.Min),
            ["max"] = JsonValues.Number(values.Max),
            ["mean"] = JsonValues.Number(values.Mean),
            ["nonfinite"] = values.NonFinite,
        };
        IReadOnlyList<string>[] rows =
        [
            ["format", format], ["size", string.Join(" x ", size)], ["spacing", Text(geometry.Spacing)], ["origin", Text(geometry.Origin)],
            ["direction", Text(geometry.Direction)], ["values", $"{Text([values.Min])} to {Text([values.Max])}, mean {Text([values.Mean])}"],
        ];
        return new Report(json, [new ReportTable(["image", file], rows)], []);
    }

    // The fourth axis of a file is read as channels.
    private static int[] Size(CaseImage image)
    {
        var shape = image.Data.Shape;
        int[] space = image.Geometry.Spacing.Count == 2 ? [shape.X, shape.Y] : [shape.X, shape.Y, shape.Z];
        return image.Data.Channels == 1 ? space : [.. space, image.Data.Channels];
    }

    private static string Text(IEnumerable<double> numbers) =>
        string.Join(' ', numbers.Select(n => double.IsFinite(n) ? n.ToString("G6", CultureInfo.InvariantCulture) : "-"));

    /// <summary>Of the finite values; NaN where there are none.</summary>
    private sealed record Values(double Min, double Max, double Mean, long NonFinite)
    {
        public static Values Of(float[] data)
        {
            var (min, max, sum, finite) = (float.PositiveInfinity, float.NegativeInfinity, 0.0, 0L);
            foreach (var value in data)
            {
                if (!float.IsFinite(value)) continue;
                (min, max, sum, finite) = (Math.Min(min, value), Math.Max(max, value), sum + value, finite + 1);
            }

            return finite == 0 ? new Values(double.NaN, double.NaN, double.NaN, data.Length) : new Values(min, max, sum / finite, data.Length - finite);
        }
    }
}
