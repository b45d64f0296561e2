using ActorSeg.Compute;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorSeg.Host.Hosting;

/// <summary>One effective setting.</summary>
/// <param name="Key">Such as <c>actorseg.train.prefetch</c>.</param>
/// <param name="Value">As written.</param>
/// <param name="Origin">The file or flag it came from.</param>
internal sealed record Setting(string Key, string Value, string Origin);

/// <summary>The settings of one file or of the command line.</summary>
internal sealed class SettingsLayer
{
    private SettingsLayer(string origin, Config config, IReadOnlyList<Setting> settings) => (Origin, Config, Settings) = (origin, config, settings);

    /// <summary>Where it came from, as shown to the user.</summary>
    public string Origin { get; }

    /// <summary>As Akka reads it.</summary>
    public Config Config { get; }

    /// <summary>The leaves, in file order.</summary>
    public IReadOnlyList<Setting> Settings { get; }

    /// <summary>Parses HOCON.</summary>
    /// <exception cref="UsageException">It cannot be parsed.</exception>
    public static SettingsLayer Parse(string origin, string hocon)
    {
        try
        {
            var config = ConfigurationFactory.ParseString(hocon);
            return new SettingsLayer(origin, config, config.IsEmpty ? [] : [.. Leaves("", config.Root, origin)]);
        }
        catch (Exception e) when (e is not ActorSegException)
        {
            // The parser throws many kinds, plain Exception among them; all of them mean the text.
            throw new UsageException($"the settings in {origin} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Settings made by the program itself.</summary>
    public static SettingsLayer Of(string origin, IEnumerable<(string Key, string Value)> settings) =>
        new(origin, ConfigurationFactory.Empty, [.. settings.Select(s => new Setting(s.Key, s.Value, origin))]);

    private static IEnumerable<Setting> Leaves(string prefix, HoconValue value, string origin)
    {
        if (!value.IsObject())
        {
            yield return new Setting(prefix, value.IsArray() ? value.ToString() : value.GetString(), origin);
            yield break;
        }

        foreach (var (key, child) in value.GetObject().Items)
            foreach (var leaf in Leaves(prefix.Length == 0 ? key : $"{prefix}.{key}", child, origin))
                yield return leaf;
    }
}
