using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Storage;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>What a command may ask of a run that was begun with another.</summary>
public class ResumeRulesTests
{
    private const string Checkpoint = "/fold_0/checkpoint_latest.pth";
    private static readonly string Golden = TestPaths.Golden("b_plans", "01_ct_iso_large");

    private readonly JsonObject _plans = NnUnetJson.ReadObject(Path.Combine(Golden, "nnUNetPlans.json"));
    private readonly JsonObject _dataset = NnUnetJson.ReadObject(Path.Combine(Golden, "dataset.json"));
    private TrainingOptions _options = new() { BatchSize = 2, Seed = 7 };

    [Fact]
    public void the_same_command_changes_nothing() => Assert.Empty(Check(Header()));

    [Fact]
    public void epochs_learning_rate_and_validation_iterations_may_change_and_are_told()
    {
        _options = _options with { Epochs = 1500, InitialLearningRate = 0.005, ValidationIterations = 10 };
        Assert.Equal(
            ["epochs was 1000 and is 1500", "validation iterations was 50 and is 10", "learning rate was 0.01 and is 0.005"], Check(Header()).Select(c => c.ToString()));
    }

    [Fact]
    public void another_device_or_number_of_threads_is_told_where_one_is_known()
    {
        Assert.Empty(ResumeRules.ComputingChange(null, "cpu, fp32, 2 threads"));
        Assert.Empty(ResumeRules.ComputingChange("cpu, fp32, 2 threads", "cpu, fp32, 2 threads"));
        Assert.EndsWith("was cpu, fp32, 2 threads and is cuda, fp32", Assert.Single(ResumeRules.ComputingChange("cpu, fp32, 2 threads", "cuda, fp32")).ToString());
    }

    [Fact]
    public void batch_size_iterations_and_seed_may_not()
    {
        var begun = _options;
        foreach (var (other, flag) in new[]
        {
            (begun with { BatchSize = 3 }, "--batch-size 2, not 3"), (begun with { IterationsPerEpoch = 25 }, "--iterations 250, not 25"),
            (begun with { Seed = 8 }, "--seed 7, not 8"),
        })
        {
            _options = other;
            var message = Assert.Throws<UsageException>(() => Check(Header())).Message;
            Assert.Contains(Checkpoint, message);
            Assert.Contains(flag, message);
            Assert.Contains("--fresh", message);
        }
    }

    [Fact]
    public void changed_plans_are_refused_with_keys_and_values()
    {
        var header = Header();
        _plans["configurations"]!["3d_fullres"]!["patch_size"] = new JsonArray(16, 16, 16);
        var message = Assert.Throws<DataException>(() => Check(header)).Message;
        Assert.Contains("was begun with other plans: configurations.3d_fullres.patch_size was [", message);
        Assert.Contains("and is [16,16,16]", message);
        Assert.Contains("--fresh", message);
    }

    [Fact]
    public void of_many_changes_the_first_are_named_and_the_others_counted()
    {
        var header = Header();
        foreach (var key in (string[])["a", "b", "c", "d", "e"]) _plans["configurations"]!["3d_fullres"]![key] = 1;
        Assert.EndsWith("and 2 more; restore nnUNetPlans, or start anew with --fresh", Assert.Throws<DataException>(() => Check(header)).Message);
    }

    [Fact]
    public void changed_labels_are_refused()
    {
        var header = Header();
        _dataset["labels"]!["another"] = 2;
        Assert.Contains("labels.another was missing and is 2", Assert.Throws<DataException>(() => Check(header)).Message);
    }

    [Fact]
    public void a_checkpoint_of_another_run_is_refused()
    {
        Assert.Contains("is of fold 3, not 0", Assert.Throws<DataException>(() => Check(Header() with { Fold = new Fold(3) })).Message);
        Assert.Contains("is of configuration 2d, not 3d_fullres", Assert.Throws<DataException>(() => Check(Header() with { Configuration = "2d" })).Message);
        Assert.Contains("is of trainer Mine", Assert.Throws<DataException>(() => Check(Header() with { TrainerName = "Mine" })).Message);
    }

    [Fact]
    public void a_checkpoint_of_nnU_Net_says_nothing_of_seed_and_iterations_and_is_gone_on_from()
    {
        _options = _options with { Seed = 99, IterationsPerEpoch = 25 };
        Assert.Empty(Check(Header() with { Extra = null }));
    }

    private CheckpointHeader Header() => new(
        "nnUNetTrainer", "3d_fullres", new Fold(0), (JsonObject)_plans.DeepClone(), (JsonObject)_dataset.DeepClone(), 3, 0, [], 0.01,
        new CheckpointExtra(3, 0, [], 7, 1000, 250, 50, 2));

    private IReadOnlyList<ValueChange> Check(CheckpointHeader header)
    {
        var job = new TrainJob(
            new DatasetPaths("raw", "preprocessed", "results"), "Dataset001_X", "3d_fullres", new Fold(0), "nnUNetTrainer", "nnUNetPlans",
            new TrainingOverrides(null, null, null, null, null), Fresh: false, "cpu");
        var plans = Plans.Parse(_plans, "nnUNetPlans.json");
        return ResumeRules.Check(Checkpoint, header, new TrainingSetup(
            job, plans, TrainerCatalog.Find("nnUNetTrainer"), plans.Configurations["3d_fullres"], DatasetJson.Parse(_dataset, "dataset.json"), new NoCases(), new Split([], []), _options, "cpu"));
    }

    private sealed class NoCases : ICaseStore
    {
        public IReadOnlyList<CaseId> Cases => [];

        public IStoredCase Open(CaseId id) => throw new NotSupportedException();
    }
}
