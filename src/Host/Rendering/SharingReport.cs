using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>Models that were packed or installed.</summary>
internal static class SharingReport
{
    public static Report Of(ExportModelResult result) => new(
        new JsonObject { ["file"] = result.File, ["bytes"] = result.Bytes, ["members"] = JsonValues.Texts(result.Members) },
        [new ReportLine($"{result.Members.Count} files, {result.Bytes >> 20} MiB: {result.File}")], []);

    public static Report Of(InstallModelResult result)
    {
        var installed = result.Installed;
        var json = new JsonObject
        {
            ["folder"] = result.Folder,
            ["models"] = JsonValues.Texts(installed.Models),
            ["files"] = installed.Files,
            ["kept"] = installed.Kept,
            ["warnings"] = JsonValues.Texts(installed.Warnings),
        };
        var kept = installed.Kept > 0 ? $", {installed.Kept} were there" : "";
        return new Report(json, [.. installed.Models.Select(model => new ReportLine(model)), new ReportLine($"{installed.Files} files installed{kept}: {result.Folder}")], []);
    }
}
