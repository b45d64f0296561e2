using ActorSeg.Compute;
using Akka.Configuration;

namespace ActorSeg.Actors.Experiments;

/// <summary>How long an experiment waits for its stages.</summary>
/// <param name="Making">To be made, which reads files; one that takes longer hangs.</param>
/// <param name="Stopping">To end in good order once that is asked for.</param>
public sealed record ExperimentLimits(TimeSpan Making, TimeSpan Stopping)
{
    private const string StopWithin = "actorseg.stop-within", Opening = "actorseg.train.watchdog.opening";

    /// <summary>As without a configuration.</summary>
    public static ExperimentLimits Default { get; } = new(TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(20));

    /// <summary>Reads the settings.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public static ExperimentLimits From(Config config) => new(Limit(config, Opening), Limit(config, StopWithin));

    /// <summary>What to say of a stage that is not made in time.</summary>
    public string NotMade(string stage) =>
        $"{stage} hangs: reading what it is made of has taken {Making.TotalSeconds:0} s, which is the limit ({Opening}); a file system does not answer";

    /// <summary>What to say of a stage that has not stopped in time.</summary>
    public string NotStopped(string stage) =>
        $"{stage} has not stopped within {Stopping.TotalSeconds:0} s ({StopWithin}): what it has not written by now is lost";

    private static TimeSpan Limit(Config config, string key)
    {
        var limit = config.GetTimeSpan(key);
        return limit > TimeSpan.Zero ? limit : throw new UsageException($"{key} = {config.GetString(key)} is not allowed; give a duration such as 20s");
    }
}
