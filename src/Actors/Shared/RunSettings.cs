using ActorSeg.Compute;
using Akka.Configuration;

namespace ActorSeg.Actors.Shared;

/// <summary>How a training is watched and validated: some of the keys under <c>actorseg.train</c>, typed and validated.</summary>
/// <param name="InlineValidation">Score an epoch before the next one trains, rather than meanwhile.</param>
/// <param name="Watchdog">When a stage counts as hanging.</param>
/// <param name="Skips">When skipping steps does not help any more.</param>
public sealed record RunSettings(bool InlineValidation, WatchdogLimits Watchdog, SkipLimit Skips)
{
    private const string Validation = "actorseg.train.validation", Inline = "inline", Background = "background";

    /// <summary>As without a configuration.</summary>
    public static RunSettings Default { get; } = new(false, WatchdogLimits.All(TimeSpan.FromMinutes(30)), new SkipLimit(5, 250));

    /// <summary>Reads the settings.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public static RunSettings From(Config config)
    {
        var validation = config.GetString(Validation);
        if (validation is not (Inline or Background)) throw new UsageException($"{Validation} = {validation} is not allowed; give {Background} or {Inline}");
        var limits = new WatchdogLimits(Limit(config, "trainer"), Limit(config, "validator"), Limit(config, "checkpoints"), Limit(config, "opening"));
        return new RunSettings(validation == Inline, limits, new SkipLimit(Count(config, "steps"), Count(config, "within")));
    }

    private static int Count(Config config, string name)
    {
        var key = $"actorseg.train.nonfinite.{name}";
        return config.GetInt(key) is >= 1 and var n ? n : throw new UsageException($"{key} = {config.GetString(key)} is not allowed; give 1 or more");
    }

    private static TimeSpan Limit(Config config, string stage)
    {
        var key = $"actorseg.train.watchdog.{stage}";
        var limit = config.GetTimeSpan(key);
        return limit > TimeSpan.Zero ? limit : throw new UsageException($"{key} = {config.GetString(key)} is not allowed; give a duration such as 30m");
    }
}

/// <summary>What counts as hanging takes longer than this, and than twenty times the slowest of its kind before.</summary>
/// <param name="Trainer">An iteration, or a copy of the weights.</param>
/// <param name="Validator">A validation batch.</param>
/// <param name="Checkpoints">Writing a checkpoint.</param>
/// <param name="Opening">Finding where to go on, or making the network.</param>
public sealed record WatchdogLimits(TimeSpan Trainer, TimeSpan Validator, TimeSpan Checkpoints, TimeSpan Opening)
{
    /// <summary>The same for every stage.</summary>
    public static WatchdogLimits All(TimeSpan limit) => new(limit, limit, limit, limit);
}

/// <summary>Steps whose loss or gradients are not finite are skipped, up to a number.</summary>
/// <param name="Steps">So many within the window are too many.</param>
/// <param name="Within">The window, in steps.</param>
public sealed record SkipLimit(int Steps, int Within);
