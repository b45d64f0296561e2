using Akka.Actor;
using Akka.Event;

namespace ActorSeg.Actors.Shared;

/// <summary>Akka's log on stderr, one line an event; stack traces only at debug level, since failures are also told as job events.</summary>
public sealed class StderrLogger : ReceiveActor
{
    /// <summary>Made by Akka from the configuration.</summary>
    public StderrLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(e => Console.Error.WriteLine(Line(e)));
    }

    private string Line(LogEvent e)
    {
        var cause = e.Cause is null ? "" : Context.System.Settings.LogLevel == "DEBUG" ? $"{Environment.NewLine}{e.Cause}" : $" ({e.Cause.GetType().Name}: {e.Cause.Message})";
        return $"{e.Timestamp:HH:mm:ss} {e.LogLevel().ToString().Replace("Level", "").ToLowerInvariant()} {e.LogSource}: {e.Message}{cause}";
    }
}
