using ActorSeg.Actors.Experiments;
using Akka.Actor;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Shared;

/// <summary>The root of a node's actors: memory budget, experiments, and the stages experiments ask for, as its children.</summary>
public sealed class NodeGuardian : ReceiveActor
{
    private readonly NodeSettings _settings;
    private readonly SupervisionTable _rules;
    private readonly TimeProvider _time;
    private readonly IActorRef _ramBudget;
    private readonly IActorRef _experiments;
    private int _started;

    /// <summary>The guardian of one node.</summary>
    public static Props Props(NodeSettings settings, SupervisionTable rules, IJobStages stages, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new NodeGuardian(settings, rules, stages, time));

    /// <param name="settings">The node's settings.</param>
    /// <param name="rules">Supervision in force.</param>
    /// <param name="stages">What each job consists of.</param>
    /// <param name="time">The clock.</param>
    public NodeGuardian(NodeSettings settings, SupervisionTable rules, IJobStages stages, TimeProvider time)
    {
        (_settings, _rules, _time) = (settings, rules, time);
        Context.ActorOf(BatchReaper.Props(), "batch-reaper");
        _ramBudget = Context.ActorOf(RamBudget.Props(settings.Memory), "ram-budget");
        _experiments = Context.ActorOf(ExperimentRegistry.Props(Self, stages, rules, settings.Limits, time), "experiments");
        Receive<RunExperiment>(m => _experiments.Forward(m));
        Receive<StopExperiment>(m => _experiments.Forward(m));
        Receive<ControlExperiment>(m => _experiments.Forward(m));
        Receive<StartStage>(Prepare);
        Receive<Prepared>(Launch);
    }

    // Budget and registry keep little and are restarted; a stage that threw may hold volumes, is stopped, and its experiment starts it again from disk.
    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new StageOrServiceStrategy(_rules);

    // Making a stage reads plans and data set files, so it happens off this actor's thread.
    private void Prepare(StartStage m)
    {
        var owner = Sender;
        var context = new StageContext(owner, _ramBudget, _rules, _settings, _time);
        Task.Run(() => m.Stage.Props(context)).PipeTo(
            Self, success: props => new Prepared(m.Stage.Name, owner, props, null), failure: e => new Prepared(m.Stage.Name, owner, null, Cause.Of(e)));
    }

    private void Launch(Prepared m)
    {
        if (m.Props is null) m.Owner.Tell(new StageFailed(m.Cause!));
        else m.Owner.Tell(new StageStarted(Context.ActorOf(m.Props, $"{m.Name}-{++_started}")));
    }

    private sealed record Prepared(string Name, IActorRef Owner, Props? Props, Exception? Cause);
}
