using System.CommandLine;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Host.Commands;

/// <summary>A verb that has the process at a run do something: it is found as <c>status</c> finds it, and followed between two training iterations.</summary>
internal class ControlVerb : Command
{
    private readonly RunCommand? _command;

    /// <param name="host">The outside world.</param>
    /// <param name="flags">The flags every verb takes.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="command">What is asked for; null where it depends on flags.</param>
    protected ControlVerb(HostServices host, SharedFlags flags, string name, string description, RunCommand? command = null)
        : base(name, description)
    {
        _command = command;
        var runs = new RunArguments(this, "the one that is under way");
        SetAction(async (given, _) =>
        {
            var command = Command(given);
            var run = runs.One(given, flags.Paths(given, host), host.Time.GetUtcNow());
            using var signals = new StopSignals(_ => { }, host.Exit).Listen();
            var position = await RunCaller.Send(run.Folder, command, signals.Token).ConfigureAwait(false);
            ReportWriter.Write(ControlReport.Of(run, position), host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }

    /// <summary>All of them.</summary>
    public static IEnumerable<Command> All(HostServices host, SharedFlags flags) =>
    [
        new ControlVerb(host, flags, "pause", "Have a run hold between two iterations, with a checkpoint, until 'resume'.", new PauseRun()),
        new ControlVerb(host, flags, "resume", "Have a run that was paused go on. One whose process has ended goes on by its train command.", new ResumeRun()),
        new ControlVerb(host, flags, "checkpoint", "Have a run write a checkpoint now, and wait until it is on disk.", new WriteCheckpointNow()),
        new SetVerb(host, flags),
        new ControlVerb(host, flags, "cancel", "Have a run write a checkpoint and stop, as SIGTERM does. The same train command goes on.", new StopRun()),
    ];

    /// <summary>What is asked for.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    protected virtual RunCommand Command(ParseResult given) => _command ?? throw new InvalidOperationException($"'{Name}' asks for nothing");
}
