using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Tests.Training;

[NoTensorLeak]
public sealed class FileCheckpointStoreTests : IDisposable
{
    private const string DatasetText =
        """{"channel_names": {"0": "MR"}, "labels": {"background": 0, "organ": 1}, "numTraining": 2, "file_ending": ".nii.gz"}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Statistics_of_batch_norm_are_written_beside_the_weights_and_found_again()
    {
        var setup = Setup(NormKind.Batch);
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        var store = new FileCheckpointStore(setup, claim) { StateNames = Names(setup) };
        var snapshot = Snapshot(setup);
        Assert.True(snapshot.Weights.Count > snapshot.Optimizer.Count);
        store.Write(CheckpointKind.Latest, new RunCheckpoint(snapshot, [], null));

        var found = store.FindNewest();
        Assert.EndsWith("checkpoint_latest.pth", found.Path);
        Assert.Equal(Values(snapshot.Weights), Values(found.Checkpoint!.Snapshot.Weights));
        Assert.Equal(snapshot.Optimizer.Select(Names), found.Checkpoint.Snapshot.Optimizer.Select(Names));
    }

    [Fact]
    public void The_state_of_another_optimizer_is_handed_on_rather_than_dropped()
    {
        var setup = Setup(NormKind.Instance);
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        var store = new FileCheckpointStore(setup, claim) { StateNames = Names(setup) };
        store.Write(CheckpointKind.Latest, new RunCheckpoint(Snapshot(setup), [], null));
        var file = Path.Combine(setup.FoldFolder, CheckpointSet.Latest);
        var written = CheckpointFile.Read(file);
        var adam = new OptimizerState
        {
            Parameters = [.. written.Weights.Select(w => (IReadOnlyList<OptimizerSlot>)[new OptimizerSlot("exp_avg", w)])],
            Groups = [new OptimizerGroup(new PickleDict(), [.. Enumerable.Range(0, written.Weights.Count)])],
        };
        CheckpointFile.Write(file, written with { Optimizer = adam });

        // The session refuses it, as it does not fit its own optimizer.
        Assert.All(store.FindNewest().Checkpoint!.Snapshot.Optimizer, slots => Assert.Equal("exp_avg", Assert.Single(slots).Name));
    }

    [Fact]
    public void A_store_that_found_a_checkpoint_needs_no_network_to_write_it_again()
    {
        var setup = Setup(NormKind.Batch);
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        var digest = new FileCheckpointStore(setup, claim) { StateNames = Names(setup) }.Write(CheckpointKind.Latest, new RunCheckpoint(Snapshot(setup), [], null));
        var store = new FileCheckpointStore(setup, claim);
        Assert.Equal(digest, store.Write(CheckpointKind.Final, store.FindNewest().Checkpoint!));
        Assert.Equal(Names(setup), CheckpointFile.Read(Path.Combine(setup.FoldFolder, CheckpointSet.Final)).StateNames);
    }

    [Fact]
    public void A_write_that_was_abandoned_takes_no_name_and_leaves_nothing_behind()
    {
        var setup = Setup(NormKind.Instance);
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        var store = new FileCheckpointStore(setup, claim) { StateNames = Names(setup) };
        var abandoned = new CancellationToken(canceled: true);
        foreach (var kind in Enum.GetValues<CheckpointKind>())
            Assert.Throws<OperationCanceledException>(() => store.Write(kind, new RunCheckpoint(Snapshot(setup), [], null), abandoned));
        Assert.Empty(Directory.GetFiles(setup.FoldFolder));
    }

    [Fact]
    public void What_was_set_while_the_run_went_on_is_kept_with_what_its_command_asked_for()
    {
        var setup = Setup(NormKind.Instance) with { Asked = new AskedSchedule(1000, 0.01) };
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        var store = new FileCheckpointStore(setup, claim) { StateNames = Names(setup) };
        var path = Path.Combine(setup.FoldFolder, CheckpointSet.Latest);
        store.Write(CheckpointKind.Latest, new RunCheckpoint(Snapshot(setup), [], null) { Options = setup.Options });
        Assert.Null(CheckpointFile.ReadHeader(path).Extra!.Asked);
        store.Write(CheckpointKind.Latest, new RunCheckpoint(Snapshot(setup), [], null) { Options = setup.Options with { Epochs = 60, InitialLearningRate = 0.5 } });
        var header = CheckpointFile.ReadHeader(path);
        Assert.Equal((60, 0.5, new AskedSchedule(1000, 0.01)), (header.Extra!.Epochs, header.InitialLearningRate!.Value, header.Extra.Asked!));
    }

    [Fact]
    public void The_scale_of_an_fp16_training_is_kept_as_torchs_scaler_keeps_it_and_other_trainings_have_none()
    {
        var setup = Setup(NormKind.Instance);
        using var claim = RunClaim.Take(setup.FoldFolder, "cuda", TimeProvider.System);
        var store = new FileCheckpointStore(setup, claim) { StateNames = Names(setup) };
        foreach (var scale in (LossScale?[])[null, new LossScale(32768, 12)])
        {
            store.Write(CheckpointKind.Latest, new RunCheckpoint(Snapshot(setup) with { LossScale = scale }, [], null));
            Assert.Equal(scale, store.FindNewest().Checkpoint!.Snapshot.LossScale);
            var state = CheckpointFile.Read(Path.Combine(setup.FoldFolder, CheckpointSet.Latest)).GradScaler;
            Assert.Equal(scale?.Factor, (double?)state?["scale"]);
        }
    }

    // The last parameter never had a gradient.
    private static TrainingSnapshot Snapshot(TrainingSetup setup)
    {
        using var network = UNet.Build(setup.Configuration.Architecture, setup.InputChannels, setup.Dataset.Labels.Heads, seed: 3);
        var state = network.Save();
        var momentum = state.Where(w => !ParameterNames.IsBuffer(w.Name)).SkipLast(1).Select(w => (IReadOnlyList<OptimizerSlot>)[new(OptimizerState.MomentumBuffer, w)]);
        return new TrainingSnapshot(1, 2, state, [.. momentum, []], [0.5, 0.25]);
    }

    private static IReadOnlyList<(string, string)> Names(TrainingSetup setup)
    {
        using var network = UNet.Build(setup.Configuration.Architecture, setup.InputChannels, setup.Dataset.Labels.Heads, seed: 3);
        return network.StateNames;
    }

    private static string Names(IReadOnlyList<OptimizerSlot> slots) => string.Join(' ', slots.Select(s => $"{s.Name} {s.Tensor!.Name}"));

    private static IEnumerable<(string, float)> Values(IEnumerable<NamedTensor> tensors) =>
        tensors.OrderBy(t => t.Name, StringComparer.Ordinal).SelectMany(t => t.Values.Select(v => (t.Name, v)));

    private TrainingSetup Setup(NormKind norm)
    {
        var plans = Plans.Load(TestPaths.Golden("b_plans", "02_prostate_mr", "nnUNetPlans.json"));
        var configuration = plans.Configurations["2d"];
        configuration = configuration with
        {
            Architecture = configuration.Architecture with
            {
                FeaturesPerStage = [4, 8],
                KernelSizes = [[3, 3], [3, 3]],
                Strides = [[1, 1], [2, 2]],
                EncoderCounts = [1, 1],
                DecoderCounts = [1],
                Norm = norm,
            },
        };
        var job = new TrainJob(
            new DatasetPaths(null, _folder.File("preprocessed"), _folder.File("results")), "Dataset002_X", "2d", new Fold(0), "nnUNetTrainer", "nnUNetPlans",
            new TrainingOverrides(null, null, null, null, null), Fresh: false, "cpu");
        var dataset = DatasetJson.Parse(JsonNode.Parse(DatasetText)!.AsObject(), "dataset.json");
        return new TrainingSetup(job, plans, TrainerCatalog.Find("nnUNetTrainer"), configuration, dataset, null!, new Split([], []), new TrainingOptions { BatchSize = 2 }, "cpu");
    }
}
