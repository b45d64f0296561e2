using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints;

/// <summary>Optimizers beyond nnU-Net's SGD, and what other trainers add to a checkpoint.</summary>
public sealed class OptimizerStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("c.pth");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Adam_with_two_groups_comes_back_with_every_slot_and_setting()
    {
        var sample = SampleCheckpoint.Make(size: 4);
        var checkpoint = sample with { Optimizer = Adam(sample) };
        CheckpointFile.Write(Path, checkpoint);
        var read = CheckpointFile.Read(Path);
        SampleCheckpoint.AssertSame(checkpoint, read);
        Assert.Equal(0.999, (double)((PickleTuple)read.Optimizer!.Groups[1].Settings["betas"]!).Items[1]!);
        Assert.Equal((3e-4, true), (read.Optimizer.Groups[0].Number("lr"), (bool)read.Optimizer.Groups[0].Settings["amsgrad"]!));
        Assert.Equal([true, true, false], read.Optimizer.Tensors("max_exp_avg_sq").Select(t => t is not null));
        Assert.All(read.Momentum, Assert.Null);
        Assert.True(CheckpointFile.Describe(Path).HasOptimizer);
    }

    [Fact]
    public void A_slot_may_be_a_number_or_nothing()
    {
        var sample = SampleCheckpoint.Make(size: 4);
        var optimizer = OptimizerState.Sgd([null, null, null], 0.01) with
        {
            Parameters = [[new OptimizerSlot("momentum_buffer", null)], [new OptimizerSlot("step", null, 250L), new OptimizerSlot("rate", null, 0.5)], []],
        };
        CheckpointFile.Write(Path, sample with { Optimizer = optimizer });
        SampleCheckpoint.AssertSame(optimizer, CheckpointFile.Read(Path).Optimizer);
    }

    [Fact]
    public void Slots_of_one_group_bear_the_name_of_their_parameter()
    {
        var sample = SampleCheckpoint.Make(size: 4);
        CheckpointFile.Write(Path, sample);
        Assert.Equal([sample.Weights[0].Name, sample.Weights[1].Name, null], CheckpointFile.Read(Path).Momentum.Select(m => m?.Name));
    }

    [Fact]
    public void A_model_is_read_without_its_optimizer()
    {
        var sample = SampleCheckpoint.Make(size: 4);
        CheckpointFile.Write(Path, sample);
        SampleCheckpoint.AssertSame(sample with { Optimizer = null }, CheckpointFile.ReadModel(Path));
    }

    [Fact]
    public void An_optimizer_of_other_parameters_is_no_state_of_these_weights()
    {
        var root = Root(SampleCheckpoint.Make(size: 4), out var storages);
        var group = (PickleDict)((List<object?>)((PickleDict)root["optimizer_state"]!)["param_groups"]!)[0]!;
        ((List<object?>)group["params"]!).Add(3L);
        Write(root, storages);
        Assert.Null(CheckpointFile.Read(Path).Optimizer);
        Assert.False(CheckpointFile.Describe(Path).HasOptimizer);
    }

    [Fact]
    public void A_learning_rate_that_is_a_tensor_becomes_a_number()
    {
        var root = Root(SampleCheckpoint.Make(size: 4), out var storages);
        var group = (PickleDict)((List<object?>)((PickleDict)root["optimizer_state"]!)["param_groups"]!)[0]!;
        group.Entries[0] = new("lr", storages.Add([], [0.25f]));
        Write(root, storages);
        Assert.Equal(0.25, CheckpointFile.Read(Path).Optimizer!.Groups[0].Settings["lr"]);
    }

    [Fact]
    public void What_other_trainers_added_is_kept_in_plain_values_and_their_tensors_are_not()
    {
        var root = Root(SampleCheckpoint.Make(size: 4), out var storages);
        var (arguments, logging) = ((PickleDict)root["init_args"]!, (PickleDict)root["logging"]!);
        arguments.Add("unpack_dataset", true);
        logging.Add("grad_norms", new List<object?> { new NumpyScalar("<f4", BitConverter.GetBytes(1.5f)), new NumpyScalar("<i8", BitConverter.GetBytes((1L << 60) + 1)) });
        root.Add("teacher", new List<object?> { storages.Add([1], [1f]) });
        root.Add("site", new PickleTuple(["here", new TorchDevice("cuda", 1), new NumpyScalar("|b1", [1])]));
        root.Entries[2] = new("grad_scaler_state", Dict(("scale", 65536.0), ("growth_factor", 2.0), ("_growth_tracker", 7L)));
        Write(root, storages);

        var read = CheckpointFile.Read(Path);
        Assert.Equal(["site"], read.Foreign.Root.Entries.Select(e => e.Key));
        Assert.Equal(["here", "cuda:1", true], ((PickleTuple)read.Foreign.Root["site"]!).Items);
        Assert.Equal(true, read.Foreign.Arguments["unpack_dataset"]);
        Assert.Equal([1.5, (1L << 60) + 1], (List<object?>)read.Foreign.Logging["grad_norms"]!);
        Assert.Equal(["scale", "growth_factor", "_growth_tracker"], read.GradScaler!.Entries.Select(e => e.Key));
        CheckpointFile.Write(_folder.File("again.pth"), read);
        SampleCheckpoint.AssertSame(read, CheckpointFile.Read(_folder.File("again.pth")));
    }

    [Fact]
    public void Groups_that_do_not_hold_each_parameter_once_are_an_argument_error()
    {
        var sample = SampleCheckpoint.Make(size: 4);
        var groups = sample.Optimizer!.Groups;
        Assert.Throws<ArgumentException>(() => CheckpointFile.Write(Path, sample with { Optimizer = sample.Optimizer with { Groups = [groups[0], groups[0]] } }));
        Assert.Throws<ArgumentException>(() => CheckpointFile.Write(Path, sample with { Optimizer = sample.Optimizer with { Groups = [] } }));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    /// <summary>AdamW with amsgrad as torch keeps it, weights with decay in one group and the others in another.</summary>
    internal static OptimizerState Adam(Checkpoint checkpoint)
    {
        return new OptimizerState
        {
            // counted through the groups: 0 and 1 are of the first, 2 of the second and without a gradient so far
            Parameters = [Slots(0), Slots(2), []],
            Groups = [new OptimizerGroup(Settings(0.01), [0, 1]), new OptimizerGroup(Settings(0), [2])],
        };

        IReadOnlyList<OptimizerSlot> Slots(int weight)
        {
            var (shape, values) = (checkpoint.Weights[weight].Shape, checkpoint.Weights[weight].Values);
            return
            [
                new("step", new NamedTensor("step", [], [250])),
                .. new[] { "exp_avg", "exp_avg_sq", "max_exp_avg_sq" }
                    .Select((slot, i) => new OptimizerSlot(slot, new NamedTensor(slot, shape, Array.ConvertAll(values, v => v * i)))),
            ];
        }

        static PickleDict Settings(double decay) => Dict(
            ("lr", 3e-4), ("betas", new PickleTuple([0.9, 0.999])), ("eps", 1e-8), ("weight_decay", decay), ("amsgrad", true), ("foreach", null), ("capturable", false));
    }

    private static PickleDict Root(Checkpoint checkpoint, out TorchStorages storages) => CheckpointEncoding.Encode(checkpoint, storages = new TorchStorages());

    private void Write(PickleDict root, TorchStorages storages)
    {
        using var stream = File.Create(Path);
        _ = TorchArchive.Write(stream, "c", root, storages);
    }

    private static PickleDict Dict(params (string Key, object? Value)[] entries)
    {
        var dict = new PickleDict();
        foreach (var (key, value) in entries) dict.Add(key, value);
        return dict;
    }
}
