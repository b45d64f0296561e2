using System.CommandLine;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary>A verb that turns its flags into jobs, runs them and tells of the results.</summary>
internal abstract class JobVerb : Command
{
    private readonly List<(Option Flag, string Why)> _refused = [];

    /// <param name="host">The outside world.</param>
    /// <param name="flags">The flags every verb takes.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">One sentence.</param>
    protected JobVerb(HostServices host, SharedFlags flags, string name, string description)
        : base(name, description)
    {
        (Host, Flags) = (host, flags);
        SetAction((given, _) => Run(given));
    }

    /// <summary>The outside world.</summary>
    protected HostServices Host { get; }

    /// <summary>The flags every verb takes.</summary>
    protected SharedFlags Flags { get; }

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="UsageException">A value is not allowed, or a flag not supported yet.</exception>
    public JobRequest Request(ParseResult given)
    {
        foreach (var (flag, why) in _refused)
            if (given.GetResult(flag) is not null) throw new UsageException($"{flag.Name} is not supported yet: {why}");
        return Read(given, Flags.Paths(given, Host));
    }

    /// <summary>What the command line asks for, refused flags left out.</summary>
    protected abstract JobRequest Read(ParseResult given, DatasetPaths paths);

    /// <summary>Declares a flag of nnU-Net's that would change the result and cannot be followed yet: it is refused rather than ignored.</summary>
    protected void Refuse(string flag, string why)
    {
        var option = new Option<string[]>(flag) { Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = true, Hidden = true };
        Add(option);
        _refused.Add((option, why));
    }

    private async Task<int> Run(ParseResult given)
    {
        var request = Request(given);
        Host.Screen.Line(request.Title);
        foreach (var note in request.Notes) Host.Screen.Line($"note: {note}");
        var (report, settings) = (request.Report ?? ((results, _) => Reports.Of(results)), Flags.Settings(given, Host));
        using var signals = new StopSignals(Host.Screen.Line, Host.Exit).Listen();
        var started = Host.Time.GetTimestamp();
        using (var progress = new ProgressRenderer(Host.Screen, Host.Time, request.ShowProgress))
        {
            var runner = Host.Runner(settings);
            var results = await runner.Run(request.Jobs, progress.Show, signals.Token).ConfigureAwait(false);
            if (request.Then is { } then) results = [.. results, .. await runner.Run(then(results), progress.Show, signals.Token).ConfigureAwait(false)];
            progress.Dispose();
            return Tell(report(results, Host.Time.GetElapsedTime(started)), Flags.Json(given));
        }
    }

    private int Tell(Report report, bool json)
    {
        ReportWriter.Write(report, Host.Out, json, Host.OutIsTerminal);
        if (report.Quarantined.Count == 0) return report.DataIsWrong ? ExitCodes.Data : ExitCodes.Done;
        if (json) Host.Screen.Line($"{report.Quarantined.Count} cases are quarantined; their causes are in the result");
        return report.DataIsWrong ? ExitCodes.Data : ExitCodes.InPart;
    }
}
