using System.Globalization;

namespace ActorSeg.Host.Rendering;

/// <summary>Times and rates as a reader likes them.</summary>
internal static class Durations
{
    /// <summary><c>0.4 s</c>, <c>12 s</c>, <c>1 min 04 s</c>, <c>2 h 03 min</c>, <c>3 d 04 h</c>.</summary>
    public static string Text(TimeSpan time) => time switch
    {
        { TotalSeconds: < 9.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalSeconds: < 59.5 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalMinutes: < 60 } => Pair(Math.Round(time.TotalSeconds), 60, "min", "s"),
        { TotalHours: < 24 } => Pair(Math.Floor(time.TotalMinutes), 60, "h", "min"),
        _ => Pair(Math.Floor(time.TotalHours), 24, "d", "h"),
    };

    /// <summary><c>3.4/s</c>, or for slow things <c>4.2 s each</c>.</summary>
    public static string Rate(int done, TimeSpan time) =>
        done >= time.TotalSeconds ? string.Create(CultureInfo.InvariantCulture, $"{done / time.TotalSeconds:0.0}/s") : $"{Text(time / done)} each";

    private static string Pair(double count, int per, string large, string small) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(count / per):0} {large} {count % per:00} {small}");
}
