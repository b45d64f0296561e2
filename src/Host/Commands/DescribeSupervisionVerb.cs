using System.CommandLine;
using ActorSeg.Actors.Shared;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>describe supervision</c>: the tree of actors and what happens when one of them fails, as set.</summary>
internal sealed class DescribeSupervisionVerb : Command
{
    public DescribeSupervisionVerb(HostServices host, SharedFlags flags)
        : base("supervision", "The tree of actors, and what happens when one fails.")
    {
        SetAction(given =>
        {
            var report = SupervisionReport.Of(SupervisionTable.From(flags.Settings(given, host).Config).Rules, SupervisionTable.Names);
            ReportWriter.Write(report, host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }
}
