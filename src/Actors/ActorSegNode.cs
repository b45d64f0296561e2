using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute.Plugins;
using Akka.Actor;
using Akka.Configuration;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors;

/// <summary>
/// The edge: one node's actor system behind plain tasks. The only place outside the actors that knows there are any.
/// </summary>
public sealed class ActorSegNode : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly IActorRef _node;
    private int _experiments;

    private ActorSegNode(ActorSystem system, IActorRef node) => (_system, _node) = (system, node);

    /// <summary>Starts the node.</summary>
    /// <param name="config">The effective configuration (akka and actorseg sections).</param>
    /// <param name="variable">The node's environment variables, for paths in dataset.json; null expands none.</param>
    /// <exception cref="Compute.UsageException">A setting is out of range.</exception>
    public static ActorSegNode Start(Config config, Func<string, string?>? variable = null)
    {
        var settings = NodeSettings.From(config);
        var system = ActorSystem.Create("actorseg", config);
        var node = system.ActorOf(NodeGuardian.Props(settings, SupervisionTable.From(config), new JobStages(variable, new PluginSet(settings.Plugins)), TimeProvider.System), "node");
        return new ActorSegNode(system, node);
    }

    /// <summary>
    /// Runs jobs in order as one experiment. Events come on any thread. Cancelling asks for an orderly stop: a training writes a checkpoint first,
    /// and the task then ends with <see cref="OperationCanceledException"/>.
    /// </summary>
    /// <param name="jobs">In order.</param>
    /// <param name="onEvent">Told of what happens.</param>
    /// <param name="stop">Asks for the stop.</param>
    /// <param name="name">By which <see cref="Control"/> finds it: letters, digits and hyphens, one that no other experiment has; null draws one.</param>
    /// <exception cref="Compute.ActorSegException">A job failed for a reason the user can act on.</exception>
    public async Task<IReadOnlyList<JobResult>> Run(IReadOnlyList<Job> jobs, Action<JobEvent> onEvent, CancellationToken stop, string? name = null)
    {
        var ending = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = name ?? Interlocked.Increment(ref _experiments).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var client = _system.ActorOf(Props.Create(() => new Client(ending, onEvent)), $"client-{id}");
        _ = _system.WhenTerminated.ContinueWith(
            _ => ending.TrySetException(new InvalidOperationException("the node stopped because one of its services failed too often; the log says which")), TaskScheduler.Default);
        _node.Tell(new RunExperiment(id, jobs), client);
        await using var registration = stop.Register(() => _node.Tell(StopExperiment.Instance));
        return await ending.Task.ConfigureAwait(false) switch
        {
            ExperimentFinished finished => finished.Results,
            ExperimentStopped stopped => throw new OperationCanceledException(stopped.Where, stop),
            ExperimentFailed failed => throw Rethrown(failed.Cause),
            var other => throw new InvalidOperationException($"unexpected ending {other}"),
        };
    }

    /// <summary>Has an experiment's training follow a command: it does so between two iterations.</summary>
    /// <param name="experiment">Its name.</param>
    /// <param name="command">What to do.</param>
    /// <param name="within">How long to wait for the answer.</param>
    /// <exception cref="Compute.UsageException">The command cannot be followed now; the message says why.</exception>
    /// <exception cref="TimeoutException">No answer in that time.</exception>
    public async Task<RunPosition> Control(string experiment, RunCommand command, TimeSpan within) =>
        await AskIn(experiment, command, within).ConfigureAwait(false) switch
        {
            CommandDone done => done.Position,
            CommandRefused refused => throw new Compute.UsageException(refused.Why),
            var other => throw new InvalidOperationException($"unexpected answer {other}"),
        };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
        // A worker that hangs ends only with the process, and must not keep it: its thread is a background one.
        await Task.WhenAny(_system.WhenTerminated, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
    }

    private async Task<object> AskIn(string experiment, RunCommand command, TimeSpan within)
    {
        try
        {
            return await _node.Ask(new ControlExperiment(experiment, command), within).ConfigureAwait(false);
        }
        catch (AskTimeoutException e)
        {
            throw new TimeoutException($"the run has not answered within {within}", e);
        }
    }

    // Keeps the stack of where it happened.
    private static Exception Rethrown(Exception cause)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        return cause;
    }

    private sealed class Client : ReceiveActor
    {
        public Client(TaskCompletionSource<object> ending, Action<JobEvent> onEvent)
        {
            Receive<JobEvent>(onEvent);
            ReceiveAny(m =>
            {
                ending.TrySetResult(m);
                Context.Stop(Self);
            });
        }
    }
}
