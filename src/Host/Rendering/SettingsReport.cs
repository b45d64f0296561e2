using System.Text.Json.Nodes;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Rendering;

/// <summary>The settings in force.</summary>
internal static class SettingsReport
{
    /// <summary>Keys and values, with their origins where wanted.</summary>
    public static Report Of(IReadOnlyList<Setting> settings, bool withOrigin)
    {
        var values = new JsonObject();
        foreach (var setting in settings)
            values[setting.Key] = withOrigin ? new JsonObject { ["value"] = setting.Value, ["origin"] = setting.Origin } : JsonValue.Create(setting.Value);
        var table = withOrigin
            ? new ReportTable(["setting", "value", "origin"], [.. settings.Select(s => (IReadOnlyList<string>)[s.Key, s.Value, s.Origin])])
            : new ReportTable(["setting", "value"], [.. settings.Select(s => (IReadOnlyList<string>)[s.Key, s.Value])]);
        return new Report(new JsonObject { ["settings"] = values }, [table], []);
    }
}
