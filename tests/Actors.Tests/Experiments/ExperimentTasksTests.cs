using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;

namespace ActorSeg.Actors.Tests.Experiments;

public class ExperimentTasksTests
{
    private const string Dataset = "Dataset001_X";

    private static readonly DatasetPaths Paths = new("/raw", "/pre", "/res");
    private static readonly FingerprintResult Measured = new("f", 9, AlreadyThere: false);
    private static readonly PlanResult Planned = new("p", "nnUNetPlans", ["2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres"])
    {
        PreviousStages = new Dictionary<string, string> { ["3d_cascade_fullres"] = "3d_lowres" },
    };

    private static readonly PreprocessResult Preprocessed = new([], 9, 0, []);

    [Fact]
    public void what_is_measured_and_planned_tells_what_there_is_to_train()
    {
        var job = Job(["2d", "3d_fullres"], "0", "1");
        Assert.Equal(["measure the data set", "plan"], Names(job, []));
        Assert.Equal(["measure the data set", "plan"], Names(job, [Measured]));
        string[] all = ["measure the data set", "plan", "preprocess", "train 2d fold 0", "train 2d fold 1", "train 3d_fullres fold 0", "train 3d_fullres fold 1", "find the best"];
        Assert.Equal(all, Names(job, [Measured, Planned]));
        // What was given once stays as it was.
        Assert.Equal(all, Names(job, [Measured, Planned, Preprocessed]));
    }

    [Fact]
    public void probabilities_are_kept_where_models_may_be_averaged_and_what_is_there_stays()
    {
        var trained = Trained(Job(["2d", "3d_fullres"], "0"));
        Assert.All(trained, t => Assert.True(t is { Probabilities: true, KeepFinished: true, Fresh: false }));
        Assert.All(Trained(Job(["2d", "3d_fullres"], "0") with { Ensembling = false }), t => Assert.False(t.Probabilities));
        Assert.False(Assert.Single(Trained(Job(["2d"], "0"))).Probabilities);
        Assert.True(Tasks(Job(["2d"], "0"), []).Select(t => t.Job).OfType<PlanJob>().Single().KeepExisting);
        Assert.True(Tasks(Job(["2d"], "0"), []).Select(t => t.Job).OfType<FingerprintJob>().Single() is { VerifyIntegrity: true, VerifyOnce: true });
    }

    [Fact]
    public void the_first_stage_of_a_cascade_is_trained_before_the_second_though_nobody_asked_for_it_and_does_not_compete()
    {
        var job = Job(["3d_cascade_fullres", "2d"], "0");
        Assert.Equal(["train 3d_lowres fold 0", "train 2d fold 0", "train 3d_cascade_fullres fold 0"], Names(job, [Measured, Planned]).Where(n => n.StartsWith("train")));
        var best = Tasks(job, [Measured, Planned]).Select(t => t.Job).OfType<FindBestJob>().Single();
        Assert.Equal(["3d_cascade_fullres", "2d"], best.Models.Select(m => m.Configuration));
        Assert.Equal([0], best.Folds);
        // What does not compete is in no ensemble.
        Assert.Equal([false, true, true], Trained(job).Select(t => t.Probabilities));
    }

    [Fact]
    public void configurations_that_the_plans_do_not_have_are_left_out_unless_none_is_left()
    {
        Assert.Equal(["2d"], Trained(Job(["2d", "nope"], "0")).Select(t => t.Configuration));
        var error = Assert.Throws<UsageException>(() => Tasks(Job(["nope"], "0"), [Measured, Planned]));
        Assert.Contains("none of nope is in nnUNetPlans", error.Message);
    }

    [Fact]
    public void an_ensemble_predicts_with_each_member_averages_and_postprocesses()
    {
        var job = Job(["2d", "3d_cascade_fullres"], "0") with { TestImages = "/images", TestLabels = "/labels", Output = "/out" };
        var tasks = Tasks(job, [Measured, Planned, Preprocessed, .. Enumerable.Repeat(Some, 3), Best("2d", "3d_cascade_fullres")]);
        Assert.Equal(
            ["predict with 3d_lowres", "predict with 2d", "predict with 3d_cascade_fullres", "average them", "postprocess", "evaluate", "look over"],
            tasks.Skip(7).Select(t => t.Name));
        var predicted = tasks.Select(t => t.Job).OfType<PredictJob>().ToList();
        Assert.Equal([false, true, true], predicted.Select(p => p.Probabilities));
        Assert.Equal([null, null, predicted[0].Output], predicted.Select(p => p.PreviousStage));
        Assert.All(predicted, p => Assert.True(p is { SkipExisting: true, SkipNewerOnly: true }));
        var ensemble = tasks.Select(t => t.Job).OfType<EnsembleJob>().Single();
        Assert.Equal(predicted.Skip(1).Select(p => p.Output), ensemble.Folders);
        var last = tasks.Select(t => t.Job).OfType<ApplyPostprocessingJob>().Single();
        Assert.Equal((ensemble.Output, "/out", "/best/postprocessing.pkl"), (last.Input, last.Output, last.File));
    }

    [Fact]
    public void fold_all_has_nothing_to_choose_by_and_predicts_with_its_one_configuration()
    {
        var job = Job(["2d"], "all") with { TestImages = "/images", Output = "/out" };
        Assert.Equal(["train 2d fold all", "predict with 2d", "postprocess", "look over"], Names(job, [Measured, Planned]).Skip(3));
        Assert.Null(Tasks(job, [Measured, Planned]).Select(t => t.Job).OfType<ApplyPostprocessingJob>().Single().File);
        Assert.Contains("nothing to choose among", Assert.Throws<UsageException>(() => Tasks(Job(["2d", "3d_fullres"], "all"), [Measured, Planned])).Message);
    }

    private static TrainResult Some => new("", 1, null, new Dictionary<string, double>(), 0.5, []);

    private static FindBestResult Best(params string[] configurations)
    {
        var members = configurations.Select(c => new ModelName("nnUNetTrainer", "nnUNetPlans", c)).ToList();
        var best = new RankedModel(members, "/best", 0.9);
        return new FindBestResult(new ModelSelection(Dataset, [0], true, members, [best], best, 0.9), [], "", "/res/i.json", []);
    }

    private static WholeExperimentJob Job(string[] configurations, params string[] folds) => new(Paths, Dataset, configurations, [.. folds.Select(Fold.Parse)], "cpu");

    private static IReadOnlyList<ExperimentTask> Tasks(WholeExperimentJob job, IReadOnlyList<JobResult> done) => new JobStages().Tasks(job, done);

    private static IEnumerable<string> Names(WholeExperimentJob job, IReadOnlyList<JobResult> done) => Tasks(job, done).Select(t => t.Name);

    private static List<TrainJob> Trained(WholeExperimentJob job) => [.. Tasks(job, [Measured, Planned]).Select(t => t.Job).OfType<TrainJob>()];
}
