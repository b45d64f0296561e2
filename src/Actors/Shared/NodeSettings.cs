using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Prediction;
using ActorSeg.Compute;
using ActorSeg.Compute.Networks;
using Akka.Configuration;

namespace ActorSeg.Actors.Shared;

/// <summary>The <c>actorseg</c> section of the configuration, typed and validated once. config/akka.hocon gives each key's unit, default and reason.</summary>
/// <param name="Memory">Bytes of volumes that may be in memory at once on this node.</param>
/// <param name="Workers">Case workers at most; 0 is one a processor.</param>
/// <param name="StallAfter">A case that takes longer, and twenty times as long as the slowest before it, hangs.</param>
/// <param name="Plugins">Assemblies of the user's own.</param>
/// <param name="Loading">How batches are loaded.</param>
/// <param name="CheckpointInterval">Longest time between two checkpoints of a training.</param>
/// <param name="Precision">What trainings compute in; null is fp16 on cuda, bf16 where the processor has it natively, else fp32.</param>
/// <param name="TorchThreads">Intra-operation threads of torch; 0 leaves torch's own choice.</param>
public sealed record NodeSettings(
    MemoryBudget Memory, int Workers, TimeSpan StallAfter, IReadOnlyList<string> Plugins, LoadingSettings Loading, TimeSpan CheckpointInterval, Precision? Precision,
    int TorchThreads)
{
    // The rest is for the cases kept open, and for what else runs on the node.
    private const int BufferPart = 4;

    /// <summary>Whether trainings work out parts of the network again in the backward pass: less memory, more time, the same results.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>How predictions run.</summary>
    public PredictionSettings Prediction { get; init; } = new(0, 0, 0.25);

    /// <summary>How trainings are watched and validated.</summary>
    public RunSettings Run { get; init; } = RunSettings.Default;

    /// <summary>Longest time from the wish to stop to the end of what is under way.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long experiments wait for their stages.</summary>
    public ExperimentLimits Limits => new(Run.Watchdog.Opening, StopWithin);

    /// <summary>Bytes of activations that go through a network at once when it predicts. They are not leased: the share that may be leaves room for them.</summary>
    public long ActivationBytes => (long)(Memory.Alone * Prediction.ActivationShare);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public static NodeSettings From(Config config)
    {
        var memory = MemoryBudget.Within(Bytes(config, "actorseg.memory.limit", MemoryLimit.Read()), config.GetDouble("actorseg.memory.share"));
        var precisionIsKnown = PrecisionChoice.TryParse(config.GetString("actorseg.train.precision"), out var precision);
        var settings = new NodeSettings(
            memory,
            config.GetInt("actorseg.preprocessing.workers"),
            config.GetTimeSpan("actorseg.preprocessing.stall-after"),
            config.GetString("actorseg.plugins", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            new LoadingSettings(
                config.GetInt("actorseg.train.augmenters"),
                CpuLimit.Read(Environment.ProcessorCount),
                config.GetInt("actorseg.train.prefetch"),
                Bytes(config, "actorseg.train.buffer", memory.Shared / BufferPart),
                config.GetTimeSpan("actorseg.train.stall-after"),
                config.GetBoolean("actorseg.train.strict")),
            config.GetTimeSpan("actorseg.train.checkpoint-interval"),
            precision,
            config.GetInt("actorseg.torch.threads"))
        {
            Prediction = PredictionSettings.From(config),
            Run = RunSettings.From(config),
            StopWithin = config.GetTimeSpan("actorseg.stop-within"),
            GradientCheckpointing = config.GetBoolean("actorseg.train.gradient-checkpointing"),
        };
        Require(settings.Memory.Alone > 0, "actorseg.memory.limit", config.GetString("actorseg.memory.limit"), "'auto' or a size such as 8GiB");
        Require(settings.Memory.Shared > 0, "actorseg.memory.share", config.GetString("actorseg.memory.share"), "a fraction between 0 and 1");
        Require(settings.Workers >= 0, "actorseg.preprocessing.workers", settings.Workers, "0 or more");
        Require(settings.StallAfter > TimeSpan.Zero, "actorseg.preprocessing.stall-after", settings.StallAfter, "a duration such as 10m");
        Require(settings.StopWithin > TimeSpan.Zero, "actorseg.stop-within", config.GetString("actorseg.stop-within"), "a duration such as 20s");
        var loading = settings.Loading;
        Require(loading.Augmenters >= 0, "actorseg.train.augmenters", loading.Augmenters, "0 or more");
        Require(loading.Prefetch >= 1, "actorseg.train.prefetch", loading.Prefetch, "1 or more");
        Require(loading.Buffer > 0, "actorseg.train.buffer", config.GetString("actorseg.train.buffer"), "'auto' or a size such as 2GiB");
        Require(loading.StallAfter > TimeSpan.Zero, "actorseg.train.stall-after", loading.StallAfter, "a duration such as 10m");
        Require(settings.CheckpointInterval > TimeSpan.Zero, "actorseg.train.checkpoint-interval", settings.CheckpointInterval, "a duration such as 5m");
        Require(precisionIsKnown, "actorseg.train.precision", config.GetString("actorseg.train.precision"), "auto, fp32, bf16 or fp16");
        Require(settings.TorchThreads >= 0, "actorseg.torch.threads", settings.TorchThreads, "0 or more");
        return settings;
    }

    /// <summary>Case workers to start when asked for so many (0 or less: no wish). A wish is granted up to the setting: memory is leased however many there are.</summary>
    public int WorkersFor(int wish)
    {
        if (wish <= 0) return Workers > 0 ? Workers : Environment.ProcessorCount;
        return Workers > 0 ? Math.Min(wish, Workers) : wish;
    }

    // A text that is no size becomes none, which the check above refuses by name.
    private static long Bytes(Config config, string key, long auto)
    {
        if (config.GetString(key) == "auto") return auto;
        try
        {
            return config.GetByteSize(key) ?? 0;
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
