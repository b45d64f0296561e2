using ActorSeg.Actors.Shared;
using Akka.Actor;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Experiments;

/// <summary>Knows the node's experiments and starts them.</summary>
public sealed class ExperimentRegistry : ReceiveActor
{
    /// <summary>The registry of a node.</summary>
    public static Props Props(IActorRef node, IJobStages stages, SupervisionTable rules, ExperimentLimits limits, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new ExperimentRegistry(node, stages, rules, limits, time));

    /// <param name="node">Starts stages.</param>
    /// <param name="stages">What each job consists of.</param>
    /// <param name="rules">Supervision in force.</param>
    /// <param name="limits">How long experiments wait for their stages.</param>
    /// <param name="time">The clock.</param>
    public ExperimentRegistry(IActorRef node, IJobStages stages, SupervisionTable rules, ExperimentLimits limits, TimeProvider time)
    {
        Receive<RunExperiment>(m =>
        {
            var client = Sender;
            var experiment = Context.Watch(Context.ActorOf(Experiment.Props(m.Jobs, node, client, stages, rules, limits, time), NameOf(m.Id)));
            _clients[experiment] = client;
        });
        Receive<StopExperiment>(m =>
        {
            foreach (var child in Context.GetChildren()) child.Tell(m);
        });
        Receive<ControlExperiment>(Control);
        Receive<Terminated>(Ended);
    }

    private readonly Dictionary<IActorRef, IActorRef> _clients = [];
    private readonly Dictionary<string, Exception> _causes = [];

    // An experiment's truth is on disk: one that threw is not restarted here but told to its client, whose same command resumes it.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new RecordingStopStrategy((child, cause) => _causes[child.Path.Name] = cause);

    // A restart ends the experiments with it: their clients are told rather than left waiting.
    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var client in _clients.Values) client.Tell(new ExperimentFailed(reason));
        base.PreRestart(reason, message);
    }

    private static void Control(ControlExperiment m)
    {
        var experiment = Context.Child(NameOf(m.Id));
        if (experiment.IsNobody()) Context.Sender.Tell(new CommandRefused($"there is no experiment {m.Id} here"));
        else experiment.Forward(m.Command);
    }

    private static string NameOf(string id) => $"experiment-{id}";

    private void Ended(Terminated m)
    {
        if (_clients.Remove(m.ActorRef, out var client) && _causes.Remove(m.ActorRef.Path.Name, out var cause)) client.Tell(new ExperimentFailed(cause));
    }
}
