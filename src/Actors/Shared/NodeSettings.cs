using ActorSeg.Compute;
using Akka.Configuration;

namespace ActorSeg.Actors.Shared;

/// <summary>The <c>actorseg</c> section of the configuration, typed and validated once. config/akka.hocon gives each key's unit, default and reason.</summary>
/// <param name="RamBudgetBytes">Bytes of volumes that may be in memory at once on this node.</param>
/// <param name="Workers">Case workers at most; 0 is one a processor.</param>
/// <param name="Augmenters">Augmentation workers of a training; 0 is one a processor but one, at least one.</param>
/// <param name="Prefetch">Batches built ahead at most.</param>
/// <param name="CheckpointInterval">Longest time between two checkpoints of a training.</param>
/// <param name="TorchThreads">Intra-operation threads of torch; 0 leaves torch's own choice.</param>
public sealed record NodeSettings(long RamBudgetBytes, int Workers, int Augmenters, int Prefetch, TimeSpan CheckpointInterval, int TorchThreads)
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public static NodeSettings From(Config config)
    {
        var settings = new NodeSettings(
            Budget(config),
            config.GetInt("actorseg.preprocessing.workers"),
            config.GetInt("actorseg.train.augmenters"),
            config.GetInt("actorseg.train.prefetch"),
            config.GetTimeSpan("actorseg.train.checkpoint-interval"),
            config.GetInt("actorseg.torch.threads"));
        Require(settings.RamBudgetBytes > 0, "actorseg.memory.budget", config.GetString("actorseg.memory.budget"), "'auto' or a size such as 8GiB");
        Require(settings.Workers >= 0, "actorseg.preprocessing.workers", settings.Workers, "0 or more");
        Require(settings.Augmenters >= 0, "actorseg.train.augmenters", settings.Augmenters, "0 or more");
        Require(settings.Prefetch >= 1, "actorseg.train.prefetch", settings.Prefetch, "1 or more");
        Require(settings.CheckpointInterval > TimeSpan.Zero, "actorseg.train.checkpoint-interval", settings.CheckpointInterval, "a duration such as 5m");
        Require(settings.TorchThreads >= 0, "actorseg.torch.threads", settings.TorchThreads, "0 or more");
        return settings;
    }

    /// <summary>Case workers to start when asked for so many at most (0 or less: no wish).</summary>
    public int WorkersFor(int wish)
    {
        var most = Workers > 0 ? Workers : Environment.ProcessorCount;
        return wish > 0 ? Math.Min(wish, most) : most;
    }

    /// <summary>Augmentation workers to start.</summary>
    public int AugmentersToStart => Augmenters > 0 ? Augmenters : Math.Max(1, Environment.ProcessorCount - 1);

    // A text that is no size becomes none, which the check above refuses by name.
    private static long Budget(Config config)
    {
        if (config.GetString("actorseg.memory.budget") == "auto") return (long)(Available * config.GetDouble("actorseg.memory.share"));
        try
        {
            return config.GetByteSize("actorseg.memory.budget") ?? 0;
        }
        catch (FormatException)
        {
            return 0;
        }
    }

    // .NET reads the container's limit here, where there is one, else the machine's memory.
    private static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static void Require(bool holds, string key, object value, string wanted)
    {
        if (!holds) throw new UsageException($"{key} = {value} is not allowed; give {wanted}");
    }
}
