using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Networks;

namespace ActorSeg.Actors.Training;

/// <summary>
/// <c>debug.json</c>: how a training was set up, under the names of nnU-Net's trainer and as texts in Python's notation, for people and their scripts (spec 05 section 12).
/// What nnU-Net writes of objects that are not here is left out. Nothing reads it back.
/// </summary>
internal static class DebugFile
{
    /// <summary>Writes it into the fold's folder.</summary>
    /// <param name="setup">What is trained.</param>
    /// <param name="started">When.</param>
    public static void Write(TrainingSetup setup, DateTimeOffset started)
    {
        var json = new JsonObject();
        foreach (var (key, value) in Of(setup, started).OrderBy(entry => entry.Key, StringComparer.Ordinal)) json[key] = value;
        Directory.CreateDirectory(setup.FoldFolder);
        DurableFile.Write(Path.Combine(setup.FoldFolder, "debug.json"), stream => stream.Write(Encoding.UTF8.GetBytes(NnUnetJson.Write(json, sortKeys: false))));
    }

    private static Dictionary<string, string> Of(TrainingSetup s, DateTimeOffset started)
    {
        var (o, paths) = (s.Options, s.Job.Paths);
        return new Dictionary<string, string>
        {
            ["actorseg_seed"] = o.Seed.ToString(CultureInfo.InvariantCulture),
            ["actorseg_precision"] = PrecisionChoice.NameOf(o.Precision),
            ["actorseg_started"] = started.ToString("O", CultureInfo.InvariantCulture),
            ["batch_size"] = Text(o.BatchSize),
            ["configuration_manager"] = Source(s.Plans.Source["configurations"]?[s.Job.Configuration]),
            ["configuration_name"] = s.Job.Configuration,
            ["cudnn_version"] = "None",
            ["current_epoch"] = Text(s.BegunAt),
            ["dataset_json"] = Source(s.Dataset.Source),
            ["device"] = s.Device,
            ["disable_checkpointing"] = Text(!s.Job.Checkpoints),
            ["enable_deep_supervision"] = Text(s.Trainer.HasDeepSupervision),
            ["fold"] = s.Job.Fold.ToString(),
            ["folder_with_segs_from_previous_stage"] = s.Configuration.PreviousStage is { } stage ? s.StageFolder(stage, s.Configuration.Name) : "None",
            ["grad_scaler"] = "None",
            ["hostname"] = Environment.MachineName,
            ["inference_allowed_mirroring_axes"] = Tuple(s.MirrorAxes),
            ["initial_lr"] = Text(o.InitialLearningRate),
            ["is_cascaded"] = Text(s.Configuration.PreviousStage is not null),
            ["is_ddp"] = Text(o.Devices > 1),
            ["local_rank"] = "0",
            ["loss"] = o.Loss.ToString(),
            ["lr_scheduler"] = o.Schedule.ToString(),
            ["network"] = s.Configuration.NetworkClass,
            ["num_epochs"] = Text(o.Epochs),
            ["num_input_channels"] = Text(s.InputChannels),
            ["num_iterations_per_epoch"] = Text(o.IterationsPerEpoch),
            ["num_val_iterations_per_epoch"] = Text(o.ValidationIterations),
            ["optimizer"] = o.Optimizer.ToString(),
            ["output_folder"] = s.FoldFolder,
            ["output_folder_base"] = s.ModelFolder,
            ["oversample_foreground_percent"] = Text(o.OversampleForeground),
            ["plans_manager"] = Source(s.Plans.Source),
            ["preprocessed_dataset_folder"] = s.CasesOf(s.Job.Configuration),
            ["preprocessed_dataset_folder_base"] = paths.PreprocessedFolder(s.Job.Dataset),
            ["torch_version"] = Devices.TorchVersion,
            ["was_initialized"] = Text(true),
            ["weight_decay"] = Text(o.WeightDecay),
        };
    }

    private static string Source(JsonNode? node) => node is null ? "None" : node.ToJsonString();

    private static string Text(bool value) => value ? "True" : "False";

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Tuple(IReadOnlyList<int> values) => values.Count == 1 ? $"({values[0]},)" : $"({string.Join(", ", values)})";
}
