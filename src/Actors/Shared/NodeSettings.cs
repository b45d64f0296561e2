using ActorSeg.Compute;
using ActorSeg.Compute.Networks;
using Akka.Configuration;

namespace ActorSeg.Actors.Shared;

/// <summary>The <c>actorseg</c> section of the configuration, typed and validated once. config/akka.hocon gives each key's unit, default and reason.</summary>
/// <param name="Memory">Bytes of volumes that may be in memory at once on this node.</param>
/// <param name="Workers">Case workers at most; 0 is one a processor.</param>
/// <param name="StallAfter">A case that takes longer, and twenty times as long as the slowest before it, hangs.</param>
/// <param name="Assemblies">Of a user's preprocessors.</param>
/// <param name="Augmenters">Augmentation workers of a training; 0 is one a processor but one, at least one.</param>
/// <param name="Prefetch">Batches built ahead at most.</param>
/// <param name="CheckpointInterval">Longest time between two checkpoints of a training.</param>
/// <param name="Precision">What trainings compute in; null is bf16 where the processor has it natively, else fp32.</param>
/// <param name="TorchThreads">Intra-operation threads of torch; 0 leaves torch's own choice.</param>
/// <param name="ReuseTorchMemory">Whether torch keeps large blocks of memory to use them again.</param>
public sealed record NodeSettings(
    MemoryBudget Memory, int Workers, TimeSpan StallAfter, IReadOnlyList<string> Assemblies, int Augmenters, int Prefetch, TimeSpan CheckpointInterval,
    Precision? Precision, int TorchThreads, bool ReuseTorchMemory)
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public static NodeSettings From(Config config)
    {
        var precisionIsKnown = PrecisionChoice.TryParse(config.GetString("actorseg.train.precision"), out var precision);
        var settings = new NodeSettings(
            MemoryBudget.Within(Limit(config), config.GetDouble("actorseg.memory.share")),
            config.GetInt("actorseg.preprocessing.workers"),
            config.GetTimeSpan("actorseg.preprocessing.stall-after"),
            config.GetString("actorseg.preprocessing.assemblies", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            config.GetInt("actorseg.train.augmenters"),
            config.GetInt("actorseg.train.prefetch"),
            config.GetTimeSpan("actorseg.train.checkpoint-interval"),
            precision,
            config.GetInt("actorseg.torch.threads"),
            config.GetBoolean("actorseg.torch.reuse-memory"));
        Require(settings.Memory.Alone > 0, "actorseg.memory.limit", config.GetString("actorseg.memory.limit"), "'auto' or a size such as 8GiB");
        Require(settings.Memory.Shared > 0, "actorseg.memory.share", config.GetString("actorseg.memory.share"), "a fraction between 0 and 1");
        Require(settings.Workers >= 0, "actorseg.preprocessing.workers", settings.Workers, "0 or more");
        Require(settings.StallAfter > TimeSpan.Zero, "actorseg.preprocessing.stall-after", settings.StallAfter, "a duration such as 10m");
        Require(settings.Augmenters >= 0, "actorseg.train.augmenters", settings.Augmenters, "0 or more");
        Require(settings.Prefetch >= 1, "actorseg.train.prefetch", settings.Prefetch, "1 or more");
        Require(settings.CheckpointInterval > TimeSpan.Zero, "actorseg.train.checkpoint-interval", settings.CheckpointInterval, "a duration such as 5m");
        Require(precisionIsKnown, "actorseg.train.precision", config.GetString("actorseg.train.precision"), "auto, fp32 or bf16");
        Require(settings.TorchThreads >= 0, "actorseg.torch.threads", settings.TorchThreads, "0 or more");
        return settings;
    }

    /// <summary>Case workers to start when asked for so many (0 or less: no wish). A wish is granted up to the setting: memory is leased however many there are.</summary>
    public int WorkersFor(int wish)
    {
        if (wish <= 0) return Workers > 0 ? Workers : Environment.ProcessorCount;
        return Workers > 0 ? Math.Min(wish, Workers) : wish;
    }

    /// <summary>Augmentation workers to start.</summary>
    public int AugmentersToStart => Augmenters > 0 ? Augmenters : Math.Max(1, Environment.ProcessorCount - 1);

    // A text that is no size becomes none, which the check above refuses by name.
    private static long Limit(Config config)
    {
        if (config.GetString("actorseg.memory.limit") == "auto") return MemoryLimit.Read();
        try
        {
            return config.GetByteSize("actorseg.memory.limit") ?? 0;
        }
        catch (FormatException)
        {
            return 0;
        }
    }

    private static void Require(bool holds, string key, object value, string wanted)
    {
        if (!holds) throw new UsageException($"{key} = {value} is not allowed; give {wanted}");
    }
}
