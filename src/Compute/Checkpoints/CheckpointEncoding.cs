using System.Globalization;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>A checkpoint as the dict that nnU-Net pickles (spec 10 section 3); only plain Python values, so that <c>weights_only</c> readers take it.</summary>
internal static class CheckpointEncoding
{
    public const string ExtraKey = "actorseg";
    public const long ExtraFormat = 1;

    /// <summary>The keys of the dict, of <c>init_args</c> and of <c>logging</c> that a <see cref="Checkpoint"/> has properties for.</summary>
    public static readonly string[] RootKeys =
    [
        "network_weights", "optimizer_state", "grad_scaler_state", "logging", "_best_ema", "current_epoch", "init_args", "trainer_name",
        "inference_allowed_mirroring_axes", ExtraKey,
    ];

    /// <inheritdoc cref="RootKeys"/>
    public static readonly string[] ArgumentKeys = ["plans", "configuration", "fold", "dataset_json", "device"];

    /// <inheritdoc cref="RootKeys"/>
    public static readonly string[] LoggingKeys =
    [
        "mean_fg_dice", "ema_fg_dice", "dice_per_class_or_region", "train_losses", "val_losses", "lrs", "epoch_start_timestamps", "epoch_end_timestamps",
    ];

    public static PickleDict Encode(Checkpoint checkpoint, TorchStorages storages) => With(checkpoint.Foreign.Root, Dict(
        ("network_weights", Weights(checkpoint, storages)),
        ("optimizer_state", OptimizerEncoding.Encode(checkpoint.Optimizer, checkpoint.Weights, storages)),
        ("grad_scaler_state", checkpoint.GradScaler),
        ("logging", Logging(checkpoint)),
        ("_best_ema", checkpoint.BestEma),
        ("current_epoch", checkpoint.CurrentEpoch),
        ("init_args", With(checkpoint.Foreign.Arguments, Dict(
            ("plans", PickleJson.FromJson(checkpoint.Plans)),
            ("configuration", checkpoint.Configuration),
            ("fold", checkpoint.Fold.Number is { } number ? (object)number : "all"),
            ("dataset_json", PickleJson.FromJson(checkpoint.DatasetJson)),
            ("device", checkpoint.Device)))),
        ("trainer_name", checkpoint.TrainerName),
        ("inference_allowed_mirroring_axes", checkpoint.MirroringAxes is { } axes ? new PickleTuple([.. axes.Select(a => (object?)a)]) : null),
        (ExtraKey, Extra(checkpoint.Extra))));

    // All names, aliases sharing one storage: nnU-Net loads strictly (spec 10 section 5).
    private static PickleDict Weights(Checkpoint checkpoint, TorchStorages storages)
    {
        var tensors = checkpoint.Weights.Concat(checkpoint.Buffers).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var written = new Dictionary<string, TensorReference>(StringComparer.Ordinal);
        var state = new PickleDict(ordered: true);
        foreach (var (name, canonical) in checkpoint.StateNames)
        {
            if (!written.TryGetValue(canonical, out var reference))
            {
                var tensor = tensors.GetValueOrDefault(canonical)
                    ?? throw new ArgumentException($"the name '{name}' stands for '{canonical}', which is not among the weights");
                reference = ParameterNames.IsCounter(canonical)
                    ? storages.Add(tensor.Shape, Array.ConvertAll(tensor.Values, v => (long)v))
                    : storages.Add(tensor.Shape, tensor.Values);
                written.Add(canonical, reference);
            }

            state.Add(name, reference);
        }

        var order = written.Keys.Where(name => !ParameterNames.IsBuffer(name));
        if (!order.SequenceEqual(checkpoint.Weights.Select(w => w.Name).Where(written.ContainsKey)))
            throw new ArgumentException("the weights are not in the order in which the state dict first names them");
        return written.Count == tensors.Count
            ? state
            : throw new ArgumentException("some weights have no name in the state dict: " + string.Join(", ", tensors.Keys.Except(written.Keys)));
    }

    private static PickleDict Logging(Checkpoint checkpoint)
    {
        var history = checkpoint.History;
        return With(checkpoint.Foreign.Logging, Dict(
            ("mean_fg_dice", List(history, e => e.MeanForegroundDice)),
            ("ema_fg_dice", List(history, e => e.EmaForegroundDice)),
            ("dice_per_class_or_region", List(history, e => List(e.DicePerClass, d => d))),
            ("train_losses", List(history, e => e.TrainLoss)),
            ("val_losses", List(history, e => e.ValidationLoss)),
            ("lrs", List(history, e => e.LearningRate)),
            ("epoch_start_timestamps", List(history, e => e.Started)),
            ("epoch_end_timestamps", List(history, e => e.Ended))));
    }

    private static PickleDict With(PickleDict others, PickleDict dict)
    {
        dict.Entries.AddRange(others.Entries);
        return dict;
    }

    private static PickleDict? Extra(CheckpointExtra? extra) => extra is null ? null : Dict(
        ("format", ExtraFormat),
        ("epoch", extra.Epoch),
        ("iteration", extra.Iteration),
        ("epoch_losses", List(extra.EpochLosses, l => l)),
        ("seed", extra.Seed.ToString(CultureInfo.InvariantCulture)), // as text: a pickle's plain integers end at 63 bits
        ("epochs", extra.Epochs),
        ("iterations_per_epoch", extra.IterationsPerEpoch),
        ("validation_iterations", extra.ValidationIterations),
        ("batch_size", extra.BatchSize),
        ("precision", extra.Precision),
        ("asked", extra.Asked is { } asked ? Dict(("epochs", (object?)asked.Epochs), ("learning_rate", asked.LearningRate)) : null),
        ("quarantined", List(extra.Quarantined, excluded => Dict(("case", (object?)excluded.Case), ("cause", MessageText.Shown(excluded.Cause, PickleFields.LongestName - 3))))));

    private static PickleDict Dict(params ReadOnlySpan<(string Key, object? Value)> entries)
    {
        var dict = new PickleDict();
        foreach (var (key, value) in entries)
            if (key != ExtraKey || value is not null)
                dict.Add(key, value);
        return dict;
    }

    private static List<object?> List<T>(IEnumerable<T> items, Func<T, object?> value) => [.. items.Select(value)];
}
