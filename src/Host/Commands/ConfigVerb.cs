using System.CommandLine;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>config show</c>: the settings in force.</summary>
internal sealed class ConfigVerb : Command
{
    private readonly Option<bool> _origin = new("--origin") { Description = "say where each came from" };

    public ConfigVerb(HostServices host, SharedFlags flags)
        : base("config", "Settings.")
    {
        var show = new Command("show", "The actorseg settings in force.") { _origin };
        show.SetAction(given =>
        {
            var report = SettingsReport.Of(flags.Settings(given, host).Effective, given.GetValue(_origin));
            ReportWriter.Write(report, host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
        Add(show);
    }
}
