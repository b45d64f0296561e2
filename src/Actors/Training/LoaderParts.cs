using Akka.Actor;

namespace ActorSeg.Actors.Training;

/// <summary>What a data loader works with.</summary>
/// <param name="Plan">The run's constants.</param>
/// <param name="Rules">How often what is tried again.</param>
/// <param name="Source">Builds batches.</param>
/// <param name="RamBudget">Where memory is leased.</param>
/// <param name="Lost">Cases that are out already.</param>
/// <param name="Time">The clock of waits and limits.</param>
/// <param name="Stop">Cancelled when the run ends.</param>
public sealed record LoaderParts(
    TrainingPlan Plan, LoaderRules Rules, IBatchSource Source, IActorRef RamBudget, IReadOnlyList<LostCase> Lost, TimeProvider Time, CancellationToken Stop);
