using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Networks;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class PredictionVerbTests : IDisposable
{
    private static readonly string[] Least = ["predict", "-i", "/in", "-o", "/out", "-d", "Dataset004_X", "-c", "3d_fullres"];
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public void The_least_that_can_be_said_takes_the_defaults_of_nnU_Net()
    {
        var job = _line.Job<PredictJob>(Least);

        Assert.Equal([new(0), new(1), new(2), new(3), new(4)], job.Folds);
        Assert.Equal(
            new PredictJob(
                new DatasetPaths("/raw", "/preprocessed", "/results"), "/results/Dataset004_X/nnUNetTrainer__nnUNetPlans__3d_fullres", "/in", "/out", job.Folds,
                "checkpoint_final.pth", 0.5, Mirroring: true, SkipExisting: false, "cpu"),
            job);
    }

    [Fact]
    public void Every_flag_finds_its_place()
    {
        var job = _line.Job<PredictJob>(
        [
            .. Least, "-f", "0", "all", "-tr", "T", "-p", "P", "-chk", "checkpoint_best.pth", "-step_size=0.25", "--disable_tta", "--continue_prediction",
            "-device", "cpu",
        ]);

        Assert.Equal([new(0), Fold.All], job.Folds);
        Assert.Equal(("/results/Dataset004_X/T__P__3d_fullres", "checkpoint_best.pth"), (job.ModelFolder, job.Checkpoint));
        Assert.Equal((0.25, false, true), (job.StepSize, job.Mirroring, job.SkipExisting));
    }

    [Fact]
    public void A_model_folder_needs_no_roots()
    {
        _line.Variables.Clear();
        var job = _line.Job<PredictJob>("nnUNetv2_predict_from_modelfolder", "-i", "/in", "-o", "/out", "-m", "/model", "-f0", "--c");

        Assert.Equal(("/model", true), (job.ModelFolder, job.SkipExisting));
        Assert.Equal([new Fold(0)], job.Folds);
    }

    [Fact]
    public void Probabilities_parts_cascades_and_numbers_find_their_place()
    {
        var job = _line.Job<PredictJob>(
        [
            .. Least, "--save_probabilities", "-prev_stage_predictions", "/lowres", "-num_parts", "3", "-part_id", "2", "-npp", "4", "-nps", "2", "--accumulate", "fp32",
            "--precision", "bf16", "--not_on_device",
        ]);

        Assert.Equal((true, "/lowres", 2, 3), (job.Probabilities, job.PreviousStage, job.Part, job.Parts));
        Assert.Equal((4, 2, SumPrecision.Fp32, Precision.Bf16, false), (job.Loaders, job.Exporters, job.Sums, job.Precision, job.SumOnDevice));
    }

    [Fact]
    public void Numbers_of_processes_come_from_nnU_Nets_variables_for_predict_alone()
    {
        (_line.Variables["nnUNet_npp"], _line.Variables["nnUNet_nps"]) = ("5", "many");
        Assert.Equal((5, 0), (_line.Job<PredictJob>(Least).Loaders, _line.Job<PredictJob>(Least).Exporters));
        Assert.Equal(1, _line.Job<PredictJob>([.. Least, "-npp", "0"]).Loaders);
        Assert.Equal(0, _line.Job<PredictJob>("predict-from-modelfolder", "-i", "/in", "-o", "/out", "-m", "/model").Loaders);
    }

    [Theory]
    [InlineData("-num_parts", "2", "-part_id", "2")]
    [InlineData("-num_parts", "0", "-part_id", "0")]
    [InlineData("-num_parts", "2", "-part_id", "-1")]
    [InlineData("--accumulate", "fp64")]
    [InlineData("--precision", "fp16")]
    [InlineData("-npp", "-1")]
    public async Task What_cannot_be_is_refused_by_name(params string[] flags)
    {
        Assert.Equal(2, await _line.Run([.. Least, .. flags]));
        Assert.Contains(flags[0], _line.Error);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1.5")]
    [InlineData("NaN")]
    public async Task A_step_that_is_no_fraction_is_refused(string step)
    {
        Assert.Equal(2, await _line.Run([.. Least, "-step_size", step]));
        Assert.Contains("-step_size", _line.Error);
    }

    [Fact]
    public async Task Without_a_data_set_there_is_no_model()
    {
        Assert.Equal(2, await _line.Run("predict", "-i", "/in", "-o", "/out", "-c", "3d_fullres"));
        Assert.Contains("-d", _line.Error);
    }
}
