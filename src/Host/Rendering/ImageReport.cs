using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Rendering;

/// <summary>What an image holds, axes in file order (x, y, z, t).</summary>
internal static class ImageReport
{
    public static Report Of(string file, ImageHeader header, ImageStatistics values)
    {
        var dtype = header.Type.NumpyName();
        var json = new JsonObject
        {
            ["format"] = header.Format,
            ["dtype"] = dtype,
            ["components"] = header.Components,
            ["size"] = JsonValues.Array(header.Size, n => JsonValue.Create(n)),
            ["spacing"] = JsonValues.Array(header.Spacing, JsonValues.Number),
            ["origin"] = JsonValues.Array(header.Origin, JsonValues.Number),
            ["direction"] = JsonValues.Array(header.Direction, JsonValues.Number),
            ["min"] = Each(values.Min, JsonValues.Number),
            ["max"] = Each(values.Max, JsonValues.Number),
            ["mean"] = Each(values.Mean, JsonValues.Number),
            ["nonfinite"] = Each(values.NonFinite, n => JsonValue.Create(n)),
        };
        var kind = header.Kind == VoxelKind.Scalar ? dtype : $"{header.Components} x {dtype} ({header.Kind.ToString().ToLowerInvariant()})";
        IReadOnlyList<string>[] rows =
        [
            ["format", $"{header.Format}, {kind}"], ["size", string.Join(" x ", header.Size)], ["spacing", Text(header.Spacing)],
            ["origin", Text(header.Origin)], ["direction", Text(header.Direction)], ["min", Text(values.Min)], ["max", Text(values.Max)],
            ["mean", Text(values.Mean)], ["not finite", string.Join(' ', values.NonFinite)],
        ];
        return new Report(json, [new ReportTable(["image", file], rows)], []);
    }

    // One number for scalars, a list where a voxel has several.
    private static JsonNode? Each<T>(IReadOnlyList<T> values, Func<T, JsonNode?> value) => values.Count == 1 ? value(values[0]) : JsonValues.Array(values, value);

    private static string Text(IEnumerable<double> numbers) =>
        string.Join(' ', numbers.Select(n => double.IsFinite(n) ? n.ToString("G6", CultureInfo.InvariantCulture) : "-"));
}
