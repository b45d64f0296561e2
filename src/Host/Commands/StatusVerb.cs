using System.CommandLine;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>status</c>: where the runs of the results folder stand, and what happened to them. Reads files alone, whether a run's process lives or not.</summary>
internal sealed class StatusVerb : Command
{
    private readonly Option<bool> _history = new("--history") { Description = "everything that happened" };

    public StatusVerb(HostServices host, SharedFlags flags)
        : base("status", "Where runs stand: running, paused, finished, stopped, failed or interrupted; with --history, what happened to them.")
    {
        var runs = new RunArguments(this, "every run");
        Add(_history);
        SetAction(given =>
        {
            var (paths, now) = (flags.Paths(given, host), host.Time.GetUtcNow());
            var found = runs.Find(given, paths, now, given.GetValue(_history));
            ReportWriter.Write(StatusReport.Of(found, now, given.GetValue(_history)), host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }
}
