using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Configuration;

namespace ActorSeg.Host.Hosting;

/// <summary>
/// The effective settings: config/akka.hocon beside the executable, over it an environment variable, the file of <c>--config</c>, and each <c>--set key=value</c>.
/// </summary>
internal sealed partial class Settings
{
    /// <summary>Sets <c>actorseg.train.gradient-checkpointing</c>.</summary>
    internal const string CheckpointingVariable = "nnUNet_use_gradient_checkpointing";

    private const string Prefix = "actorseg.", SupervisionOrigin = "supervision rules";

    private Settings(Config config, IReadOnlyList<Setting> effective) => (Config, Effective) = (config, effective);

    /// <summary>The <c>akka</c> and <c>actorseg</c> sections for the node.</summary>
    public Config Config { get; }

    /// <summary>What is in force under <c>actorseg.</c>, in key order.</summary>
    public IReadOnlyList<Setting> Effective { get; }

    /// <summary>Reads and checks the layers.</summary>
    /// <param name="baseFolder">Of the executable.</param>
    /// <param name="file">From <c>--config</c>.</param>
    /// <param name="sets">From <c>--set</c>, in order.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="UsageException">A file or a key is not there, or a value is not of the kind it must be.</exception>
    public static Settings Load(string baseFolder, string? file, IReadOnlyList<string> sets, Func<string, string?>? variable = null)
    {
        const string name = "config/akka.hocon";
        var defaults = SettingsLayer.Parse(name, Text(Path.Combine(baseFolder, "config", "akka.hocon")));
        var given = file is null ? null : SettingsLayer.Parse(file, Text(file));
        return Merge(defaults, [.. Checkpointing(variable?.Invoke(CheckpointingVariable)), .. given is null ? [] : new[] { given }, .. sets.Select(Set)]);
    }

    /// <summary>Lays layers over the defaults, the last on top.</summary>
    /// <exception cref="UsageException">A key is unknown or a value of the wrong kind.</exception>
    internal static Settings Merge(SettingsLayer defaults, IReadOnlyList<SettingsLayer> layers)
    {
        var known = new SortedDictionary<string, Setting>(StringComparer.Ordinal);
        foreach (var setting in Supervision().Settings.Concat(defaults.Settings).Where(s => s.Key.StartsWith(Prefix, StringComparison.Ordinal)))
            known[setting.Key] = setting;
        var config = defaults.Config;
        foreach (var layer in layers)
        {
            foreach (var setting in layer.Settings.Where(s => !s.Key.StartsWith("akka.", StringComparison.Ordinal)))
            {
                if (!known.TryGetValue(setting.Key, out var below)) throw Unknown(setting, known.Keys);
                SettingKinds.Check(setting, below.Value);
                known[setting.Key] = setting;
            }

            config = layer.Config.WithFallback(config);
        }

        return new Settings(config, [.. known.Values]);
    }

    // The spellings that nnU-Net takes for its own switches.
    private static IEnumerable<SettingsLayer> Checkpointing(string? value) => value?.ToLowerInvariant() switch
    {
        null or "" => [],
        "true" or "1" or "t" => [SettingsLayer.Parse(CheckpointingVariable, "actorseg.train.gradient-checkpointing = on")],
        "false" or "0" or "f" => [SettingsLayer.Parse(CheckpointingVariable, "actorseg.train.gradient-checkpointing = off")],
        _ => throw new UsageException($"{CheckpointingVariable}={value} is neither true nor false; set one of them, or unset it"),
    };

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the settings file {file} cannot be read: {e.Message}", e);
        }
    }

    private static SettingsLayer Set(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = at < 0 ? (text, "") : (text[..at].Trim(), text[(at + 1)..].Trim());
        if (at < 0 || !Key().IsMatch(key)) throw new UsageException($"--set {text} is not of the form key=value");

        // Lists, objects and quoted texts as they are; anything else is one word to HOCON whatever it holds.
        var hocon = value is ['[' or '{' or '"', ..] ? value : JsonValue.Create(value).ToJsonString();
        return SettingsLayer.Parse($"--set {key}", $"{key} = {hocon}");
    }

    // The rules are data in the code; as settings they are shown, and known as keys, like those of the file.
    private static SettingsLayer Supervision() => SettingsLayer.Of(SupervisionOrigin, SupervisionTable.Names.Zip(SupervisionTable.All, (name, rule) =>
    {
        var at = $"actorseg.supervision.{name}";
        return new[]
        {
            ($"{at}.tries", rule.Tries.ToString(CultureInfo.InvariantCulture)),
            ($"{at}.window", SettingKinds.Duration(rule.Window)),
            ($"{at}.backoff", SettingKinds.Duration(rule.Backoff)),
        };
    }).SelectMany(settings => settings));

    private static UsageException Unknown(Setting setting, IReadOnlyCollection<string> known)
    {
        var nearest = Nearest.To(setting.Key, known);
        if (nearest is null && Nearest.To(setting.Key, known.Select(key => key[Prefix.Length..])) is { } rest) nearest = Prefix + rest;
        var advice = nearest is null ? "'actorseg config show' lists those there are" : $"did you mean '{nearest}'?";
        return new UsageException($"{setting.Origin}: there is no setting '{setting.Key}'; {advice}");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
    private static partial Regex Key();
}
