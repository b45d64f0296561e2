using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class PlanningVerbTests : IDisposable
{
    private static readonly DatasetPaths Roots = new("/raw", "/preprocessed", "/results");
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public void A_fingerprint_is_asked_for_each_data_set()
    {
        var jobs = _line.Request("extract-fingerprint", "-d", "Dataset001_A", "Dataset002_B", "-np", "3", "--clean", "--verify_dataset_integrity").Jobs;

        Assert.Equal([new FingerprintJob(Roots, "Dataset001_A", 3, true, true), new FingerprintJob(Roots, "Dataset002_B", 3, true, true)], jobs);
    }

    [Fact]
    public void Plans_are_asked_for_with_planner_and_memory()
    {
        var job = _line.Job<PlanJob>(
            "nnUNetv2_plan_experiment", "-d", "Dataset001_A", "-pl", "nnUNetPlannerResEncM", "-gpu_memory_target", "11.5", "-overwrite_plans_name", "mine");

        Assert.Equal(new PlanJob(Roots, "Dataset001_A", "nnUNetPlannerResEncM", new PlannerOptions(11.5, "mine", false)), job);
    }

    [Theory]
    [InlineData("plan-experiment")]
    [InlineData("plan-and-preprocess")]
    public void Spacing_preprocessor_and_batch_size_are_handed_to_the_planner(string verb)
    {
        _line.Variables["nnUNet_def_batch_size"] = "7";
        var request = _line.Request(verb, "-d", "Dataset001_A", "-overwrite_target_spacing", "3", "0.5", "0.7", "-preprocessor_name", "Mine");

        var options = request.Jobs.OfType<PlanJob>().Single().Options;
        Assert.Equal((new Spacing(3, 0.5, 0.7), "Mine", 7), (options.OverwriteTargetSpacing!.Value, options.PreprocessorName, options.BatchSize!.Value));
        Assert.Contains("batches of 7", request.Notes.Single());
    }

    [Fact]
    public void Plans_are_moved_under_their_own_name_unless_told()
    {
        Assert.Equal(new MovePlansJob(Roots, "Dataset001_A", "Dataset002_B", "mine", "mine"),
            _line.Job<MovePlansJob>("nnUNetv2_move_plans_between_datasets", "-s", "Dataset001_A", "-t", "Dataset002_B", "-sp", "mine"));
        Assert.Equal("theirs", _line.Job<MovePlansJob>("move-plans-between-datasets", "-s", "Dataset001_A", "-t", "Dataset002_B", "-sp", "mine", "-tp", "theirs").TargetPlans);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("two")]
    [InlineData("-1")]
    public async Task A_batch_size_that_is_none_is_told_of(string value)
    {
        _line.Variables["nnUNet_def_batch_size"] = value;
        Assert.Equal(2, await _line.Run("plan-experiment", "-d", "Dataset001_A"));
        Assert.Contains($"nnUNet_def_batch_size={value}", _line.Error);
    }

    [Fact]
    public void Preprocessing_takes_the_three_configurations_of_nnU_Net_unless_told()
    {
        var job = _line.Job<PreprocessJob>("preprocess", "-d", "Dataset001_A");

        Assert.Equal(["2d", "3d_fullres", "3d_lowres"], job.Configurations);
        Assert.Equal(("nnUNetPlans", 0), (job.PlansName, job.Workers));
    }

    [Fact]
    public void One_number_of_workers_holds_for_all_configurations_and_several_make_a_job_each()
    {
        Assert.Equal(2, _line.Job<PreprocessJob>("preprocess", "-d", "Dataset001_A", "-c", "2d", "3d_fullres", "-np", "2").Workers);

        var request = _line.Request("preprocess", "-d", "Dataset001_A", "-c", "2d", "3d_fullres", "-np", "8", "4", "-plans_name", "mine");
        var jobs = request.Jobs.Cast<PreprocessJob>().Select(j => (j.Configurations.Single(), j.Workers, j.PlansName));
        Assert.Equal([("2d", 8, "mine"), ("3d_fullres", 4, "mine")], jobs);
    }

    [Theory]
    [InlineData("preprocess")]
    [InlineData("plan-and-preprocess")]
    public async Task Numbers_of_workers_that_fit_no_configuration_are_told_of_before_anything_runs(string verb)
    {
        Assert.Equal(2, await _line.Run(verb, "-d", "Dataset001_A", "-c", "2d", "3d_fullres", "3d_lowres", "-np", "8", "4"));
        Assert.Contains("-np has 2 numbers for 3 configurations", _line.Error);
        Assert.Empty(_line.Runner.Jobs);
    }

    [Fact]
    public async Task Cases_are_made_with_the_name_the_last_planner_gave_its_plans()
    {
        _line.Runner.Gives(new FingerprintResult("f", 3, false), new PlanResult("p", "nnUNetResEncUNetMPlans", ["2d", "3d_fullres"]));
        _line.Runner.Gives(new PreprocessResult(["folder"], 3, 0, []));

        Assert.Equal(0, await _line.Run("nnUNetv2_plan_and_preprocess", "-d", "Dataset001_A", "-pl", "nnUNetPlannerResEncM", "-c", "3d_fullres", "-npfp", "2"));

        Assert.Equal([typeof(FingerprintJob), typeof(PlanJob), typeof(PreprocessJob)], _line.Runner.Jobs.Select(j => j.GetType()));
        Assert.Equal("nnUNetResEncUNetMPlans", Assert.IsType<PreprocessJob>(_line.Runner.Jobs[2]).PlansName);
        Assert.Equal(2, Assert.IsType<FingerprintJob>(_line.Runner.Jobs[0]).Workers);
    }

    [Fact]
    public void Without_preprocessing_it_ends_with_the_plans() => Assert.Null(_line.Request("plan-and-preprocess", "-d", "Dataset001_A", "--no_pp").Then);

    [Theory]
    [InlineData("plan-and-preprocess", "-overwrite_target_spacing", "1", "1")]
    [InlineData("plan-and-preprocess", "-fpe", "Other")]
    [InlineData("extract-fingerprint", "-fpe", "Other")]
    public async Task Other_classes_and_spacings_are_refused(string verb, params string[] flag)
    {
        Assert.Equal(2, await _line.Run([verb, "-d", "Dataset001_A", .. flag]));
        Assert.Contains($"error: {flag[0]}", _line.Error);
    }

    [Theory]
    [InlineData("extract-fingerprint", "-c", "2d")]
    [InlineData("plan-experiment", "--bogus")]
    [InlineData("preprocess", "-np", "0")]
    [InlineData("extract-fingerprint", "-np", "0")]
    [InlineData("preprocess", "-c", "2d", "--bogus")]
    public async Task Unknown_flags_and_numbers_that_are_none_end_with_2(string verb, params string[] flag) =>
        Assert.Equal(2, await _line.Run([verb, "-d", "Dataset001_A", .. flag]));

    [Fact]
    public async Task A_data_set_must_be_named()
    {
        Assert.Equal(2, await _line.Run("plan-and-preprocess"));
        Assert.Contains("-d", _line.Error);
    }

    [Fact]
    public void No_bar_shows_no_progress() => Assert.False(_line.Request("preprocess", "-d", "Dataset001_A", "--no_pbar").ShowProgress);
}
