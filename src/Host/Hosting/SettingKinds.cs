using System.Globalization;
using System.Text.RegularExpressions;
using ActorSeg.Compute;

namespace ActorSeg.Host.Hosting;

/// <summary>Tells from a default of which kind a setting is, so that a value of another kind is refused with its key's name.</summary>
internal static partial class SettingKinds
{
    /// <summary>Checks a value against the one it takes the place of.</summary>
    /// <exception cref="UsageException">It is of another kind.</exception>
    public static void Check(Setting setting, string replaced)
    {
        var wanted = replaced switch
        {
            _ when Whole().IsMatch(replaced) => Whole().IsMatch(setting.Value) ? null : "a whole number",
            _ when Number(replaced) => Number(setting.Value) ? null : "a number",
            _ when Switch(replaced) => Switch(setting.Value) ? null : "on or off",
            _ when DurationText().IsMatch(replaced) => DurationText().IsMatch(setting.Value) ? null : "a duration such as 30s or 5m",
            _ => null,
        };
        if (wanted is not null) throw new UsageException($"{setting.Origin}: {setting.Key} = {setting.Value} is not {wanted}");
    }

    /// <summary>A duration as HOCON writes it: <c>0s</c>, <c>90s</c>, <c>30m</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        _ when time.Ticks % TimeSpan.TicksPerSecond != 0 => FormattableString.Invariant($"{time.TotalMilliseconds}ms"),
        _ when time > TimeSpan.Zero && time.Ticks % TimeSpan.TicksPerMinute == 0 => FormattableString.Invariant($"{time.TotalMinutes}m"),
        _ => FormattableString.Invariant($"{time.TotalSeconds}s"),
    };

    private static bool Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value);

    private static bool Switch(string text) => text is "on" or "off" or "true" or "false" or "yes" or "no";

    [GeneratedRegex("^-?[0-9]{1,9}$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d|milliseconds?|seconds?|minutes?|hours?|days?)$")]
    private static partial Regex DurationText();
}
