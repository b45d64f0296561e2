namespace ActorSeg.Actors.Experiments;

/// <summary>What can be said to and by experiments and their registry.</summary>
public static class ExperimentProtocol
{
    /// <summary>For the registry: run these jobs in order. The sender is told of events (<see cref="JobEvent"/>) and of the end.</summary>
    public sealed record RunExperiment(string Id, IReadOnlyList<Job> Jobs);

    /// <summary>For an experiment: the job at hand owns a run now, until it is over.</summary>
    /// <param name="Journal">Makes the run's journal; null where its history stays as it is.</param>
    /// <param name="Claim">Given back when the job is over.</param>
    public sealed record OpenRun(Akka.Actor.Props? Journal, IDisposable Claim)
    {
        /// <summary>Makes what takes commands of other processes; null takes none.</summary>
        public Akka.Actor.Props? Control { get; init; }
    }

    /// <summary>For the registry: hand this command to an experiment's run. Answered as <see cref="Training.TrainingProtocol.RunCommand"/> says.</summary>
    public sealed record ControlExperiment(string Id, Training.TrainingProtocol.RunCommand Command);

    /// <summary>For an experiment: stop in good order.</summary>
    public sealed record StopExperiment
    {
        /// <summary>The one instance.</summary>
        public static StopExperiment Instance { get; } = new();
    }

    /// <summary>Every job ended; one result each.</summary>
    public sealed record ExperimentFinished(IReadOnlyList<JobResult> Results);

    /// <summary>A job failed; those after it were not begun.</summary>
    public sealed record ExperimentFailed(Exception Cause);

    /// <summary>Stopped as asked; the same command goes on from there.</summary>
    public sealed record ExperimentStopped(string Where);

    /// <summary>For the node: start this stage as a child of yours and answer <see cref="StageStarted"/>.</summary>
    public sealed record StartStage(Stage Stage);

    /// <summary>The stage's actor; the experiment watches it.</summary>
    public sealed record StageStarted(Akka.Actor.IActorRef Actor);
}
