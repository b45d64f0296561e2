using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>
/// Takes a checkpoint out of an archive. What nnU-Net itself needs must be there; what only resumption needs may be missing, because shared models
/// often come without it.
/// </summary>
internal static class CheckpointDecoding
{
    private const string AxesKey = "inference_allowed_mirroring_axes";
    private const int SpatialAxes = 3;
    private const string Advice = "use a checkpoint that nnU-Net or ActorSeg wrote";

    /// <summary>The state dict of a checkpoint, or of a file that holds nothing else.</summary>
    public static PickleDict StateDict(TorchArchiveReader archive)
    {
        var root = Root(archive);
        return root["network_weights"] as PickleDict
            ?? (IsBare(root) ? root : throw new DataException(archive.Path, "has no key 'network_weights'", Advice));
    }

    public static PickleDict Root(TorchArchiveReader archive) => archive.Root as PickleDict
        ?? throw new DataException(archive.Path, "does not hold a dict", Advice);

    public static bool IsBare(PickleDict root) => root.Entries.Count > 0 && root.Entries.All(e => e.Value is TensorReference);

    /// <param name="archive">The file.</param>
    /// <param name="withOptimizer">Read the optimizer's state as well, which takes the memory of the weights once or more again.</param>
    public static Checkpoint Decode(TorchArchiveReader archive, bool withOptimizer)
    {
        var (root, path) = (Root(archive), archive.Path);
        var weights = CheckpointWeights.Read(archive, root.Required<PickleDict>("network_weights", path));
        var arguments = root.Required<PickleDict>("init_args", path);
        var logging = root["logging"] as PickleDict;
        return new Checkpoint
        {
            Weights = weights.Weights,
            Buffers = weights.Buffers,
            StateNames = weights.StateNames,
            Optimizer = withOptimizer ? OptimizerEncoding.Decode(archive, root["optimizer_state"] as PickleDict, weights.Weights) : null,
            GradScaler = root["grad_scaler_state"] is PickleDict scaler ? PlainValues.Others(scaler, []) : null,
            History = logging is null ? [] : History(logging, path),
            BestEma = PickleFields.Number(root["_best_ema"]),
            CurrentEpoch = Epoch(root, path),
            TrainerName = root.RequiredName("trainer_name", path),
            Configuration = arguments.RequiredName("configuration", path),
            Fold = Fold(arguments["fold"], path),
            Plans = arguments["plans"] is PickleDict plans ? PickleJson.ToObject(plans, path) : new JsonObject(),
            DatasetJson = arguments["dataset_json"] is PickleDict dataset ? PickleJson.ToObject(dataset, path) : new JsonObject(),
            Device = arguments["device"] switch
            {
                TorchDevice device => PlainValues.Name(device),
                string device => device,
                _ => "cpu",
            },
            MirroringAxes = MirroringAxes(root[AxesKey], path),
            Extra = Extra(root[CheckpointEncoding.ExtraKey] as PickleDict, path),
            Foreign = new ForeignKeys(
                PlainValues.Others(root, CheckpointEncoding.RootKeys),
                PlainValues.Others(arguments, CheckpointEncoding.ArgumentKeys),
                PlainValues.Others(logging, CheckpointEncoding.LoggingKeys)),
        };
    }

    public static int Epoch(PickleDict root, string path)
    {
        var epoch = root["current_epoch"] is null ? 0 : root.RequiredInt("current_epoch", path);
        return epoch >= 0 ? epoch : throw new DataException(path, $"has the epoch {epoch}, which is below 0", Advice);
    }

    public static Fold Fold(object? fold, string path) => fold switch
    {
        null or "all" => Compute.Fold.All,
        long and >= 0 and <= int.MaxValue => new Fold((int)(long)fold),
        string text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => new Fold(number),
        _ => throw new DataException(path, $"has the fold '{PickleFields.Shown(fold)}', which is neither a number from 0 nor 'all'", Advice),
    };

    public static CheckpointExtra? Extra(PickleDict? extra, string path)
    {
        if (extra is null) return null;
        if (extra.RequiredInt("format", path) != CheckpointEncoding.ExtraFormat)
        {
            throw new DataException(
                path,
                $"was written by another ActorSeg (format {PickleFields.Shown(extra["format"])} of its own key, {CheckpointEncoding.ExtraFormat} is read)",
                "use the ActorSeg that wrote it");
        }

        return new CheckpointExtra(
            extra.RequiredInt("epoch", path),
            extra.RequiredInt("iteration", path),
            PickleFields.Numbers(extra["epoch_losses"], "epoch_losses", path),
            ulong.TryParse(extra.RequiredText("seed", path), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
                ? seed
                : throw new DataException(path, $"has the seed '{PickleFields.Shown(extra["seed"])}', which is no number", Advice),
            extra.RequiredInt("epochs", path),
            extra.RequiredInt("iterations_per_epoch", path),
            extra.RequiredInt("validation_iterations", path),
            extra.RequiredInt("batch_size", path))
        {
            Precision = extra["precision"] as string ?? "fp32",
            Asked = extra["asked"] is PickleDict asked ? new AskedSchedule(asked.RequiredInt("epochs", path), asked.RequiredNumber("learning_rate", path)) : null,
            // Checkpoints from before cases could be lost do not have it.
            Quarantined =
            [
                .. (PickleFields.Items(extra["quarantined"]) ?? []).OfType<PickleDict>()
                    .Select(excluded => new ExcludedCase(excluded.RequiredName("case", path), excluded.RequiredName("cause", path))),
            ],
        };
    }

    private static int[]? MirroringAxes(object? value, string path)
    {
        if (PickleFields.Items(value) is not { } items) return null;
        var axes = items.Take(SpatialAxes + 1).Select(axis => PickleFields.Int(axis, AxesKey, path)).ToArray();
        return axes.Distinct().Count() == items.Count && axes.All(axis => axis is >= 0 and < SpatialAxes)
            ? axes
            : throw new DataException(path, $"has the mirroring axes ({string.Join(", ", axes)}), which are not some of 0, 1 and 2", Advice);
    }

    // As many epochs as all lists have: nnU-Net logs an epoch's start before it saves the one before.
    internal static EpochRecord[] History(PickleDict logging, string path)
    {
        var rates = Column("lrs");
        var (train, validation, mean, ema) = (Column("train_losses"), Column("val_losses"), Column("mean_fg_dice"), Column("ema_fg_dice"));
        var (started, ended) = (Column("epoch_start_timestamps"), Column("epoch_end_timestamps"));
        var dice = PickleFields.Items(logging["dice_per_class_or_region"]) ?? [];
        var count = new[] { rates.Count, train.Count, validation.Count, mean.Count, ema.Count, started.Count, ended.Count, dice.Count }.Min();
        var history = new EpochRecord[count];
        for (var e = 0; e < count; e++)
        {
            var perClass = PickleFields.Numbers(dice[e], "dice_per_class_or_region", path);
            history[e] = new EpochRecord(e, rates[e], train[e], validation[e], perClass, mean[e], ema[e], started[e], ended[e]);
        }

        return history;

        IReadOnlyList<double> Column(string key) => logging[key] is null ? [] : PickleFields.Numbers(logging[key], key, path);
    }
}
