using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class TrainVerbTests : IDisposable
{
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public void The_variable_for_batches_counts_where_no_flag_does()
    {
        _line.Variables["nnUNet_def_batch_size"] = "3";
        Assert.Equal(3, _line.Job<TrainJob>("train", "Dataset001_A", "2d", "0").Options.BatchSize);
        Assert.Equal(5, _line.Job<TrainJob>("train", "Dataset001_A", "2d", "0", "--batch-size", "5").Options.BatchSize);
    }

    [Fact]
    public void The_variable_for_augmentation_workers_is_handed_on_and_told_of()
    {
        Assert.Null(_line.Job<TrainJob>("train", "Dataset001_A", "2d", "0").Augmenters);
        _line.Variables["nnUNet_n_proc_DA"] = "6";
        var request = _line.Request("train", "Dataset001_A", "2d", "0");
        Assert.Equal(6, ((TrainJob)request.Jobs[0]).Augmenters);
        Assert.Contains("nnUNet_n_proc_DA is set: 6", Assert.Single(request.Notes));
    }

    [Theory]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("5000")]
    public async Task A_number_of_workers_that_is_none_is_told_of(string value)
    {
        _line.Variables["nnUNet_n_proc_DA"] = value;
        Assert.Equal(2, await _line.Run("train", "Dataset001_A", "2d", "0"));
        Assert.Contains($"nnUNet_n_proc_DA={value} is not a number of workers", _line.Error);
    }

    [Fact]
    public void Three_words_train_with_the_defaults_of_nnU_Net()
    {
        var job = _line.Job<TrainJob>("train", "Dataset004_Hippocampus", "3d_fullres", "0");

        Assert.Equal(
            new TrainJob(
                new DatasetPaths("/raw", "/preprocessed", "/results"), "Dataset004_Hippocampus", "3d_fullres", new Fold(0), "nnUNetTrainer", "nnUNetPlans",
                new TrainingOverrides(null, null, null, null, null), Fresh: false, "cpu"),
            job);
    }

    [Fact]
    public void Flags_shorten_the_schedule_wherever_they_stand()
    {
        var job = _line.Job<TrainJob>(
            "train", "--epochs", "12", "Dataset004_Hippocampus", "3d_fullres", "--iterations=25", "all", "--val-iterations", "5", "--batch-size", "2",
            "--seed", "18446744073709551615", "--fresh", "-p", "mine", "-device", "cpu");

        Assert.Equal(new TrainingOverrides(12, 25, 5, 2, ulong.MaxValue), job.Options);
        Assert.Equal((Fold.All, true, "mine"), (job.Fold, job.Fresh, job.PlansName));
    }

    [Fact]
    public void A_number_names_the_data_set_whose_folder_bears_it()
    {
        using var raw = new TemporaryFolder();
        Directory.CreateDirectory(raw.File("Dataset004_Hippocampus"));

        Assert.Equal("Dataset004_Hippocampus", _line.Job<TrainJob>("train", "4", "3d_fullres", "0", "--raw", raw.Path).Dataset);
    }

    [Fact]
    public void Continuing_is_accepted_since_it_happens_anyway() =>
        Assert.False(_line.Job<TrainJob>("nnUNetv2_train", "Dataset004_X", "3d_fullres", "0", "--c").Fresh);

    [Fact]
    public async Task A_new_training_may_begin_with_the_weights_of_a_file_that_is_there()
    {
        using var folder = new TemporaryFolder();
        string[] train = ["train", "Dataset004_X", "3d_fullres", "0", "-pretrained_weights", folder.File("w.pth")];
        Assert.Equal(3, await _line.Run(train));
        Assert.Contains($"{folder.File("w.pth")}: is not there", _line.Error);

        File.WriteAllText(folder.File("w.pth"), "");
        Assert.Equal(folder.File("w.pth"), _line.Job<TrainJob>(train).PretrainedWeights);
        Assert.Equal(2, await _line.Run([.. train, "--c"]));
        Assert.Contains("-pretrained_weights begins a training and --c continues one", _line.Error);
        Assert.Empty(_line.Runner.Jobs);
    }

    [Fact]
    public void Nnu_Nets_flags_of_validation_and_checkpoints_are_handed_on()
    {
        string[] train = ["train", "Dataset001_A", "2d", "0"];
        Assert.True(_line.Job<TrainJob>(train) is { Probabilities: false, ValidateOnly: false, ValidateBest: false, Checkpoints: true });
        Assert.True(_line.Job<TrainJob>([.. train, "--npz", "--val", "--val_best"]) is { Probabilities: true, ValidateOnly: true, ValidateBest: true, Checkpoints: true });
        var request = _line.Request([.. train, "--disable_checkpointing"]);
        Assert.False(((TrainJob)request.Jobs[0]).Checkpoints);
        Assert.Contains("no checkpoints are written", Assert.Single(request.Notes));
    }

    [Fact]
    public async Task A_trainer_that_is_not_known_is_refused_with_names_that_come_near()
    {
        Assert.Equal(2, await _line.Run(["train", "Dataset004_X", "3d_fullres", "0", "-tr", "nnUNetTrainerNoMiroring"]));
        Assert.Contains("nnUNetTrainerNoMirroring", _line.Error);
        Assert.Empty(_line.Runner.Jobs);
    }

    [Fact]
    public async Task Several_gpus_are_never_made_up_for_by_the_processor_unless_it_is_asked_for()
    {
        string[] train = ["train", "Dataset001_A", "2d", "0"];
        Assert.Equal(1, _line.Job<TrainJob>(train).Devices);
        Assert.Equal(4, await _line.Run([.. train, "-num_gpus", "2"]));
        Assert.Contains("-device cuda: this build knows the CPU only", _line.Error);
        Assert.Empty(_line.Runner.Jobs);
        var request = _line.Request([.. train, "-num_gpus", "2", "-device", "cpu"]);
        Assert.Equal(2, ((TrainJob)request.Jobs[0]).Devices);
        Assert.Contains("-num_gpus 2 on the CPU", Assert.Single(request.Notes));
    }

    [Theory]
    [InlineData("fold 'x' is neither", "x")]
    [InlineData("fold '-1' is neither", "-1")]
    [InlineData("--epochs 0 is not allowed", "0", "--epochs", "0")]
    [InlineData("Cannot parse argument 'many'", "0", "--epochs", "many")]
    [InlineData("--c continues a training and --fresh starts anew", "0", "--c", "--fresh")]
    [InlineData("--val trains nothing and --c goes on training", "0", "--c", "--val")]
    [InlineData("--val validates what is trained and --fresh removes it", "0", "--val", "--fresh")]
    [InlineData("--val_best needs the checkpoint that --disable_checkpointing does not write", "0", "--val_best", "--disable_checkpointing")]
    [InlineData("-device mps is not supported", "0", "-device", "mps")]
    [InlineData("there is no flag --epoch5 here; did you mean --epochs?", "0", "--epoch5", "5")]
    [InlineData("Unrecognized command or argument 'more'", "0", "more")]
    public async Task What_is_wrong_with_the_values_is_said_in_a_sentence(string sentence, params string[] fold)
    {
        Assert.Equal(2, await _line.Run(["train", "Dataset004_X", "3d_fullres", .. fold]));
        Assert.Contains(sentence, _line.Error);
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_a_missing_resource()
    {
        Assert.Equal(4, await _line.Run("train", "Dataset004_X", "3d_fullres", "0", "-device", "cuda"));
        Assert.Contains("-device cuda", _line.Error);
    }

    [Fact]
    public async Task Roots_that_are_not_set_are_missed_only_by_what_needs_them()
    {
        _line.Variables.Clear();
        Assert.Null(_line.Job<TrainJob>("train", "Dataset004_X", "3d_fullres", "0").Paths.Raw);

        Assert.Equal(2, await _line.Run("train", "4", "3d_fullres", "0"));
        Assert.Contains("no data set has the number 4", _line.Error);
    }
}
