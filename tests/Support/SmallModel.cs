using System.Text.Json.Nodes;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Tests.Support;

/// <summary>A model folder as a training leaves it, with a network of a few weights that were never trained: what it finds means nothing and is always the same.</summary>
public sealed class SmallModel
{
    private static readonly ImageGeometry Place = new([1, 1.25, 1.5], [3, -4, 5], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    /// <param name="folder">Made here.</param>
    /// <param name="configuration">2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres.</param>
    /// <param name="folds">Each with weights of its own.</param>
    /// <param name="channels">Of the images.</param>
    /// <param name="regions">Whether the two structures are regions: one within the other.</param>
    /// <param name="ending">Of the images.</param>
    public SmallModel(string folder, string configuration = "3d_fullres", int folds = 1, int channels = 1, bool regions = false, string ending = ".nii.gz")
    {
        Folder = folder;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "plans.json"), PlansOf(channels).ToJsonString());
        File.WriteAllText(Path.Combine(folder, "dataset.json"), DatasetOf(channels, regions, ending).ToJsonString());
        var (plans, dataset) = (Plans.Load(Path.Combine(folder, "plans.json")), DatasetJson.Load(Path.Combine(folder, "dataset.json")));
        var planned = plans.Configurations[configuration];
        var inputs = channels + (planned.PreviousStage is null ? 0 : 2);
        for (var fold = 0; fold < folds; fold++)
        {
            using var network = UNet.Build(planned.Architecture, inputs, dataset.Labels.Heads, seed: 40 + (ulong)fold);
            Directory.CreateDirectory(Path.Combine(folder, $"fold_{fold}"));
            CheckpointFile.Write(CheckpointOf(fold), new Checkpoint
            {
                Weights = network.Save(),
                StateNames = network.StateNames,
                History = [],
                CurrentEpoch = 1,
                TrainerName = "nnUNetTrainer",
                Configuration = configuration,
                Fold = new Fold(fold),
                Plans = plans.Source,
                DatasetJson = dataset.Source,
                MirroringAxes = planned.Is2D ? [0, 1] : [0, 1, 2],
            });
        }
    }

    /// <summary><c>trainer__plans__configuration</c>.</summary>
    public string Folder { get; }

    /// <summary>Where a fold's weights are.</summary>
    public string CheckpointOf(int fold) => Path.Combine(Folder, $"fold_{fold}", "checkpoint_final.pth");

    /// <summary>Writes a made-up image: smooth, with noise, zeros around it.</summary>
    public static void WriteImage(string file, VolumeShape shape, int seed = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        new SimpleItkReaderWriter().WriteImage(file, Image(shape, seed), shape, Place);
    }

    /// <summary>Writes a label map on the same grid, with labels 0 to 2.</summary>
    public static void WriteLabels(string file, VolumeShape shape)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        new SimpleItkReaderWriter().WriteLabels(file, [.. Enumerable.Range(0, (int)shape.Voxels).Select(i => (ushort)(i / 50 % 3))], shape, Place);
    }

    /// <summary>The values of such an image.</summary>
    public static float[] Image(VolumeShape shape, int seed = 1)
    {
        var (values, random) = (new float[shape.Voxels], new Random(seed));
        for (int z = 0, i = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
                for (var x = 0; x < shape.X; x++, i++)
                    values[i] = y < 2 ? 0 : (float)(200 + (50 * Math.Cos(z / 3.0)) + (60 * Math.Sin((x + y + seed) / 4.0)) + (20 * random.NextDouble()));
        return values;
    }

    private static JsonObject DatasetOf(int channels, bool regions, string ending)
    {
        var names = new JsonObject();
        for (var c = 0; c < channels; c++) names[$"{c}"] = $"MRI{c}";
        var json = new JsonObject
        {
            ["channel_names"] = names,
            ["labels"] = regions
                ? new JsonObject { ["background"] = 0, ["whole"] = new JsonArray(1, 2), ["core"] = 2 }
                : new JsonObject { ["background"] = 0, ["liver"] = 1, ["kidney"] = 2 },
            ["numTraining"] = 5,
            ["file_ending"] = ending,
        };
        if (regions) json["regions_class_order"] = new JsonArray(1, 2);
        return json;
    }

    private static JsonObject PlansOf(int channels)
    {
        var intensities = new JsonObject();
        foreach (var c in Enumerable.Range(0, channels))
            intensities[$"{c}"] = JsonNode.Parse("""{"max": 1, "mean": 0, "median": 0, "min": 0, "percentile_00_5": 0, "percentile_99_5": 1, "std": 1}""");
        return new JsonObject
        {
            ["dataset_name"] = "Dataset905_Small",
            ["plans_name"] = "nnUNetPlans",
            ["image_reader_writer"] = "SimpleITKIO",
            ["transpose_forward"] = new JsonArray(0, 1, 2),
            ["transpose_backward"] = new JsonArray(0, 1, 2),
            ["configurations"] = new JsonObject
            {
                ["2d"] = Configuration("2d", channels, [24, 16], [1.3, 1.1]),
                ["3d_lowres"] = With(Configuration("3d_lowres", channels, [8, 16, 16], [2, 1.6, 1.6]), "next_stage", "3d_cascade_fullres"),
                ["3d_fullres"] = Configuration("3d_fullres", channels, [8, 16, 16], [1.5, 1.1, 1.1]),
                ["3d_cascade_fullres"] = new JsonObject { ["inherits_from"] = "3d_fullres", ["previous_stage"] = "3d_lowres" },
            },
            ["experiment_planner_used"] = "ExperimentPlanner",
            ["label_manager"] = "LabelManager",
            ["foreground_intensity_properties_per_channel"] = intensities,
        };
    }

    private static JsonObject With(JsonObject json, string key, string value)
    {
        json[key] = value;
        return json;
    }

    private static JsonObject Configuration(string name, int channels, int[] patch, double[] spacing)
    {
        JsonArray All(object value) => [.. Enumerable.Range(0, channels).Select(_ => JsonValue.Create(value))];
        JsonArray PerAxis(int number) => [.. patch.Select(_ => JsonValue.Create(number))];
        JsonObject Kwargs(bool labels, int order) => new() { ["is_seg"] = labels, ["order"] = order, ["order_z"] = 0, ["force_separate_z"] = null };
        const string Resample = "resample_data_or_seg_to_shape";
        return new JsonObject
        {
            ["data_identifier"] = $"nnUNetPlans_{name}",
            ["preprocessor_name"] = "DefaultPreprocessor",
            ["batch_size"] = 2,
            ["patch_size"] = new JsonArray([.. patch.Select(p => JsonValue.Create(p))]),
            ["spacing"] = new JsonArray([.. spacing.Select(s => JsonValue.Create(s))]),
            ["normalization_schemes"] = All("ZScoreNormalization"),
            ["use_mask_for_norm"] = All(false),
            ["resampling_fn_data"] = Resample,
            ["resampling_fn_seg"] = Resample,
            ["resampling_fn_probabilities"] = Resample,
            ["resampling_fn_data_kwargs"] = Kwargs(false, 3),
            ["resampling_fn_seg_kwargs"] = Kwargs(true, 1),
            ["resampling_fn_probabilities_kwargs"] = Kwargs(false, 1),
            ["architecture"] = new JsonObject
            {
                ["network_class_name"] = "dynamic_network_architectures.architectures.unet.PlainConvUNet",
                ["arch_kwargs"] = new JsonObject
                {
                    ["n_stages"] = 2,
                    ["features_per_stage"] = new JsonArray(4, 8),
                    ["conv_op"] = $"torch.nn.modules.conv.Conv{patch.Length}d",
                    ["kernel_sizes"] = new JsonArray(PerAxis(3), PerAxis(3)),
                    ["strides"] = new JsonArray(PerAxis(1), PerAxis(2)),
                    ["n_conv_per_stage"] = new JsonArray(1, 1),
                    ["n_conv_per_stage_decoder"] = new JsonArray(1),
                    ["conv_bias"] = true,
                    ["norm_op"] = $"torch.nn.modules.instancenorm.InstanceNorm{patch.Length}d",
                    ["norm_op_kwargs"] = new JsonObject { ["eps"] = 1e-5, ["affine"] = true },
                    ["nonlin"] = "torch.nn.LeakyReLU",
                    ["nonlin_kwargs"] = new JsonObject { ["inplace"] = true },
                },
            },
            ["batch_dice"] = true,
        };
    }
}
