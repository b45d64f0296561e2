using System.CommandLine;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Host.Commands;

/// <summary>A verb that has the process at a run do something: it is found as <c>status</c> finds it, and followed between two training iterations.</summary>
internal abstract class ControlVerb : Command
{
    /// <param name="host">The outside world.</param>
    /// <param name="flags">The flags every verb takes.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">One sentence.</param>
    protected ControlVerb(HostServices host, SharedFlags flags, string name, string description)
        : base(name, description)
    {
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

    /// <summary>What is asked for.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    protected abstract RunCommand Command(ParseResult given);
}

/// <summary><c>pause</c>: no further iteration until <c>resume</c>.</summary>
internal sealed class PauseVerb(HostServices host, SharedFlags flags)
    : ControlVerb(host, flags, "pause", "Have a run hold between two iterations, with a checkpoint, until 'resume'.")
{
    /// <inheritdoc/>
    protected override RunCommand Command(ParseResult given) => new PauseRun();
}

/// <summary><c>resume</c>: ends a pause.</summary>
internal sealed class ResumeVerb(HostServices host, SharedFlags flags)
    : ControlVerb(host, flags, "resume", "Have a run that was paused go on. One whose process has ended goes on by its train command.")
{
    /// <inheritdoc/>
    protected override RunCommand Command(ParseResult given) => new ResumeRun();
}

/// <summary><c>checkpoint</c>: writes one now.</summary>
internal sealed class CheckpointVerb(HostServices host, SharedFlags flags)
    : ControlVerb(host, flags, "checkpoint", "Have a run write a checkpoint now, and wait until it is on disk.")
{
    /// <inheritdoc/>
    protected override RunCommand Command(ParseResult given) => new WriteCheckpointNow();
}

/// <summary><c>cancel</c>: stops a run in good order.</summary>
internal sealed class CancelVerb(HostServices host, SharedFlags flags)
    : ControlVerb(host, flags, "cancel", "Have a run write a checkpoint and stop, as SIGTERM does. The same train command goes on.")
{
    /// <inheritdoc/>
    protected override RunCommand Command(ParseResult given) => new StopRun();
}

/// <summary><c>set</c>: changes epochs or learning rate.</summary>
internal sealed class SetVerb : ControlVerb
{
    private readonly Option<int?> _epochs = new("--epochs") { HelpName = "N", Description = "epochs altogether" };
    private readonly Option<double?> _learningRate = new("--learning-rate") { HelpName = "X", Description = "of the first epoch, from which it falls" };

    public SetVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "set", "Change epochs or learning rate of a run from its next iteration on. The same train command keeps the change.")
    {
        Add(_epochs);
        Add(_learningRate);
    }

    /// <inheritdoc/>
    protected override RunCommand Command(ParseResult given)
    {
        var (epochs, rate) = (given.GetValue(_epochs), given.GetValue(_learningRate));
        if (epochs is null && rate is null) throw new UsageException("give --epochs, --learning-rate or both");
        return epochs is < 1 ? throw new UsageException($"--epochs {epochs} is not allowed; give 1 or more") : new ChangeSchedule(epochs, rate);
    }
}
