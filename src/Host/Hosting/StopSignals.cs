using System.Runtime.InteropServices;

namespace ActorSeg.Host.Hosting;

/// <summary>Turns SIGTERM and SIGINT into a wish to stop in good order; the second signal ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<string> _say;
    private readonly Action<int> _exit;
    private int _received;

    /// <param name="say">Tells the user.</param>
    /// <param name="exit">Ends the process.</param>
    public StopSignals(Action<string> say, Action<int> exit) => (_say, _exit) = (say, exit);

    /// <summary>Cancelled with the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Begins to listen.</summary>
    public StopSignals Listen()
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Received(context.Signal);
            }));
        }

        return this;
    }

    /// <summary>What a signal does.</summary>
    public void Received(PosixSignal signal)
    {
        if (Interlocked.Increment(ref _received) > 1)
        {
            _exit(ExitCodes.Stopped);
            return;
        }

        _say($"{signal} received: stopping in good order; once more to stop at once");

        // Not here: whoever waits on the token would run on the thread that delivers signals, and a second one could not come through.
        _ = Task.Run(_stop.Cancel);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }
}
