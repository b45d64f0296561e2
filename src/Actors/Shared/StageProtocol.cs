using ActorSeg.Actors.Experiments;

namespace ActorSeg.Actors.Shared;

/// <summary>What every stage (farm, training run, prediction job, single task) says to the experiment that owns it, and the other way round. Events are <see cref="JobEvent"/>s.</summary>
public static class StageProtocol
{
    /// <summary>Stop in good order: write down what would be lost, then answer <see cref="StageStopped"/>.</summary>
    public sealed record StopStage
    {
        /// <summary>The one instance.</summary>
        public static StopStage Instance { get; } = new();
    }

    /// <summary>The stage ended; sent once.</summary>
    public sealed record StageFinished(JobResult Result);

    /// <summary>The stage gave up; sent once.</summary>
    public sealed record StageFailed(Exception Cause);

    /// <summary>The stage stopped before its end, as asked; the same command goes on from there. Sent once.</summary>
    public sealed record StageStopped(string Where);
}
