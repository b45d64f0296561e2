namespace ActorSeg.Actors.Experiments;

/// <summary>How long an experiment waits for its stages.</summary>
/// <param name="Making">To be made, which reads files; one that takes longer hangs.</param>
/// <param name="Stopping">To end in good order once that is asked for.</param>
public sealed record ExperimentLimits(TimeSpan Making, TimeSpan Stopping)
{
    /// <summary>What to say of a stage that is not made in time.</summary>
    public string NotMade(string stage) =>
        $"{stage} hangs: reading what it is made of has taken {Making.TotalSeconds:0} s, which is the limit (actorseg.train.watchdog.opening); a file system does not answer";

    /// <summary>What to say of a stage that has not stopped in time.</summary>
    public string NotStopped(string stage) =>
        $"{stage} has not stopped within {Stopping.TotalSeconds:0} s (actorseg.stop-within): what it has not written by now is lost";
}
