using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

/// <summary>Foreground intensities as fingerprint and plans hold them: <c>{"0": {"max": ..., ...}, ...}</c> (spec 02 section 1.2).</summary>
internal static class IntensityJson
{
    /// <summary>The object, inner keys sorted as nnU-Net writes them.</summary>
    public static JsonObject Write(IReadOnlyList<IntensityProperties> channels)
    {
        var all = new JsonObject();
        foreach (var (channel, properties) in channels.Index())
            all.Add(channel.ToString(CultureInfo.InvariantCulture), new JsonObject
            {
                ["max"] = properties.Max,
                ["mean"] = properties.Mean,
                ["median"] = properties.Median,
                ["min"] = properties.Min,
                ["percentile_00_5"] = properties.Percentile005,
                ["percentile_99_5"] = properties.Percentile995,
                ["std"] = properties.Std,
            });
        return all;
    }

    /// <summary>Whether no number is infinite or not one.</summary>
    public static bool IsFinite(IntensityProperties c) =>
        new[] { c.Mean, c.Median, c.Std, c.Min, c.Max, c.Percentile005, c.Percentile995 }.All(double.IsFinite);

    /// <summary>Reads the object; the keys are channel numbers from 0.</summary>
    /// <exception cref="DataException">A channel or a number is missing.</exception>
    public static IReadOnlyList<IntensityProperties> Parse(JsonFields all)
    {
        var channels = new List<IntensityProperties>();
        for (var i = 0; i < all.Node.Count; i++)
        {
            var c = all.Object(i.ToString(CultureInfo.InvariantCulture));
            channels.Add(new IntensityProperties(
                c.Number("mean"), c.Number("median"), c.Number("std"), c.Number("min"), c.Number("max"), c.Number("percentile_00_5"),
                c.Number("percentile_99_5")));
        }

        return channels;
    }
}
