using System.Net.Sockets;
using ActorSeg.Actors.Experiments;
using Akka.Actor;

namespace ActorSeg.Actors.Runs;

/// <summary>
/// Takes commands of other processes of the same user: a Unix domain socket in the run's folder, one connection a command, each an actor of its own. Removes its
/// socket when it ends. Where there can be none, that is said, and the training goes on.
/// </summary>
public sealed class RunControl : ReceiveActor, IWithTimers
{
    private const int MostConnections = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly CancellationTokenSource _stop = new();
    private Socket? _listener;
    private int _connections;

    /// <summary>The control of a run.</summary>
    public static Props Props(string path) => Akka.Actor.Props.Create(() => new RunControl(path));

    /// <param name="path">Of the socket; its folder exists.</param>
    public RunControl(string path)
    {
        _path = path;
        Receive<Socket>(Serve);
        Receive<AcceptNext>(_ => Accept());
        Receive<Status.Failure>(_ => Timers.StartSingleTimer(nameof(AcceptNext), new AcceptNext(), Pause), _ => !_stop.IsCancellationRequested);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        try
        {
            _listener = ControlSocket.Listen(_path);
            Accept();
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            Context.Parent.Tell(new JobWarning($"this run takes no commands of other processes ({_path}: {e.Message}); SIGTERM stops it in good order"));
        }
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stop.Cancel();
        _listener?.Dispose();
        if (_listener is not null) File.Delete(_path);
        _stop.Dispose();
    }

    // A caller that makes its connection fail loses that connection.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Accept() => _listener!.AcceptAsync(_stop.Token).AsTask().PipeTo(Self);

    private void Serve(Socket caller)
    {
        if (Context.GetChildren().Count() < MostConnections) Context.ActorOf(ControlConnection.Props(caller, Context.Parent), $"caller-{++_connections}");
        else caller.Dispose();
        Accept();
    }

    private sealed record AcceptNext;
}
