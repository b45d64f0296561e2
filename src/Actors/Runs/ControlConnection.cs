using System.Net.Sockets;
using Akka.Actor;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Runs;

/// <summary>One caller: reads a line, hands the command to the run, and writes the line of its answer.</summary>
internal sealed class ControlConnection : ReceiveActor, IWithTimers
{
    // A caller has its line ready. An iteration may take minutes on a slow machine, and a checkpoint waits for the one under way.
    private static readonly TimeSpan ForTheLine = TimeSpan.FromSeconds(10), ForTheAnswer = TimeSpan.FromMinutes(10);

    private readonly Socket _caller;
    private readonly IActorRef _run;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The connection of a caller; it disposes the socket.</summary>
    public static Props Props(Socket caller, IActorRef run) => Akka.Actor.Props.Create(() => new ControlConnection(caller, run));

    public ControlConnection(Socket caller, IActorRef run)
    {
        (_caller, _run) = (caller, run);
        Receive<Line>(Take);
        Receive<CommandDone>(m => Answer(new ControlAnswer(m.Position)));
        Receive<CommandRefused>(m => Answer(new ControlAnswer(Refused: m.Why)));
        Receive<TimeIsUp>(_ => Answer(new ControlAnswer(Refused: "the run has not answered in time")));
        Receive<Ended>(_ => Context.Stop(Self));
        Receive<Status.Failure>(_ => Context.Stop(Self));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartSingleTimer(nameof(Ended), new Ended(), ForTheLine);
        ControlSocket.ReadLine(_caller, _stop.Token).PipeTo(Self, success: line => new Line(line));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stop.Cancel();
        _caller.Dispose();
        _stop.Dispose();
    }

    private void Take(Line m)
    {
        Timers.Cancel(nameof(Ended));
        if (m.Bytes is null) Context.Stop(Self);
        else if (ControlWire.Read(m.Bytes) is { } command)
        {
            Timers.StartSingleTimer(nameof(TimeIsUp), new TimeIsUp(), ForTheAnswer);
            _run.Tell(command);
        }
        else Answer(new ControlAnswer(Refused: "this is no command that is known here"));
    }

    private void Answer(ControlAnswer answer) => ControlSocket.SendLine(_caller, ControlWire.Write(answer), _stop.Token).PipeTo(Self, success: () => new Ended());

    private sealed record Line(byte[]? Bytes);

    private sealed record TimeIsUp;

    private sealed record Ended;
}
