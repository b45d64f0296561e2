using ActorSeg.Actors.Shared;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <summary>What a stage is given by its node.</summary>
/// <param name="Owner">The experiment: told of progress and of the end.</param>
/// <param name="RamBudget">Where memory is leased.</param>
/// <param name="Rules">Supervision in force.</param>
/// <param name="Settings">The node's settings.</param>
/// <param name="Time">The clock.</param>
public sealed record StageContext(IActorRef Owner, IActorRef RamBudget, SupervisionTable Rules, NodeSettings Settings, TimeProvider Time);

/// <summary>One actor's worth of a job.</summary>
/// <param name="Name">Its name below the node: <c>training-...</c>.</param>
/// <param name="Props">Makes it; may read files, so it is called off the experiment's thread. What it throws fails the experiment.</param>
public sealed record Stage(string Name, Func<StageContext, Props> Props)
{
    /// <summary>Whether it follows a run's commands; of any other stage only its stop can be asked for.</summary>
    public bool TakesCommands { get; init; }
}
