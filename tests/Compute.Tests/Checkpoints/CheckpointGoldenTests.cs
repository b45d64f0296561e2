using System.Diagnostics;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;
using Xunit.Abstractions;

namespace ActorSeg.Compute.Tests.Checkpoints;

/// <summary>Files that torch and nnU-Net wrote.</summary>
public sealed class CheckpointGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void A_state_dict_of_torch_gives_the_right_tensors_under_the_right_names()
    {
        var weights = CheckpointFile.ReadWeights(TestPaths.Golden("f_network", "small", "plain3d.pth"));
        var expected = new Npz(TestPaths.Golden("f_network", "small", "plain3d_weights.npz"));
        var facts = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("f_network", "small", "plain3d.json")))!;
        Assert.Equal(facts["named_parameters"]!.AsArray().Select(n => (string)n!), weights.Weights.Select(w => w.Name));
        Assert.Equal(facts["state_dict"]!.AsArray().Select(n => (string)n!["key"]!), weights.StateNames.Select(n => n.Name));
        var aliases = facts["aliases_same_storage"]!.AsObject();
        Assert.All(weights.StateNames, n => Assert.Equal((string?)aliases[n.Name] ?? n.Name, n.Canonical));
        foreach (var tensor in weights.Weights)
        {
            Assert.Equal(expected[tensor.Name].Shape.Select(e => (long)e), tensor.Shape);
            Assert.Equal(SampleCheckpoint.Bits(expected[tensor.Name].Floats()), SampleCheckpoint.Bits(tensor.Values));
        }
    }

    [Fact]
    public void Residual_names_have_their_first_name()
    {
        Assert.Equal("encoder.stages.1.blocks.0.skip.1.norm.bias", ParameterNames.Canonical("decoder.encoder.stages.1.blocks.0.skip.1.all_modules.1.bias"));
        Assert.Equal("encoder.stem.convs.0.conv.weight", ParameterNames.Canonical("module.encoder.stem.convs.0.all_modules.0.weight"));
        Assert.Equal("decoder.stages.0.convs.1.norm.weight", ParameterNames.Canonical("decoder.stages.0.convs.1.all_modules.2.weight"));
        Assert.Equal("decoder.seg_layers.3.bias", ParameterNames.Canonical("decoder.seg_layers.3.bias"));
    }

    [SharedTheory("golden/l_run/full/2d_checkpoint_final.pth")]
    [InlineData("golden/l_run/model3d/fold_0/checkpoint_final.pth", "3d_fullres", false)]
    [InlineData("golden/l_run/model2d/fold_0/checkpoint_final.pth", "2d", false)]
    [InlineData("golden/l_run/full/2d_checkpoint_final.pth", "2d", true)]
    public void Checkpoints_of_nnunet_are_read_and_written_again_bit_for_bit(string file, string configuration, bool hasOptimizer)
    {
        var original = CheckpointFile.Read(TestPaths.SharedPath(file));
        Assert.Equal((configuration, new Fold(0), "cpu"), (original.Configuration, original.Fold, original.Device));
        Assert.Equal(original.CurrentEpoch, original.History.Count);
        Assert.Equal(original.BestEma, original.History.Max(e => e.EmaForegroundDice));
        Assert.Equal(hasOptimizer ? original.Weights.Count : 0, original.Momentum.Count);
        Assert.Equal("nnUNetPlans", (string?)original.Plans["plans_name"]);
        Assert.Equal(20, (int)original.DatasetJson["numTraining"]!);
        using var folder = new TemporaryFolder();
        CheckpointFile.Write(folder.File("again.pth"), original);
        SampleCheckpoint.AssertSame(original, CheckpointFile.Read(folder.File("again.pth")));
        using var before = TorchArchive.Open(TestPaths.SharedPath(file));
        using var after = TorchArchive.Open(folder.File("again.pth"));
        var (expected, written) = (State(before), State(after));
        Assert.Equal(expected.Entries.Select(e => e.Key), written.Entries.Select(e => e.Key));
        foreach (var (a, b) in expected.Entries.Zip(written.Entries))
            Assert.Equal(SampleCheckpoint.Bits(before.ReadFloats((TensorReference)a.Value!)),
                SampleCheckpoint.Bits(after.ReadFloats((TensorReference)b.Value!)));
    }

    [SharedFact("golden/l_run/full/2d_checkpoint_final.pth")]
    public void The_heads_without_gradient_have_no_momentum()
    {
        var checkpoint = CheckpointFile.Read(TestPaths.SharedPath("golden/l_run/full/2d_checkpoint_final.pth"));
        var missing = checkpoint.Weights.Where((_, i) => checkpoint.Momentum[i] is null).Select(w => w.Name);
        Assert.Equal(["decoder.seg_layers.0.weight", "decoder.seg_layers.0.bias"], missing);
        var group = Assert.Single(checkpoint.Optimizer!.Groups);
        Assert.Equal((0.01, 0.99, 3e-5), (group.Number("initial_lr"), group.Number("momentum"), group.Number("weight_decay")));
        var description = CheckpointFile.Describe(TestPaths.SharedPath("golden/l_run/full/2d_checkpoint_final.pth"));
        Assert.Equal(("nnunet", "2d", "0", true), (description.Format, description.Configuration, description.Fold, description.HasOptimizer));
    }

    [SharedFact("golden/l_run/model3d/fold_0/checkpoint_final.pth")]
    public void A_full_checkpoint_of_45_megabytes_is_written_and_verified_in_seconds()
    {
        var original = CheckpointFile.Read(TestPaths.SharedPath("golden/l_run/model3d/fold_0/checkpoint_final.pth"));
        var checkpoint = original with { Optimizer = OptimizerState.Sgd(original.Weights, 0.01) };
        using var folder = new TemporaryFolder();
        CheckpointFile.Write(folder.File("c.pth"), checkpoint);
        var clock = Stopwatch.StartNew();
        CheckpointFile.Write(folder.File("c.pth"), checkpoint);
        var write = clock.Elapsed;
        clock.Restart();
        _ = CheckpointFile.Read(folder.File("c.pth"));
        var read = clock.Elapsed;
        clock.Restart();
        CheckpointFile.WriteGeneration(folder.Path, checkpoint);
        CheckpointFile.WriteGeneration(folder.Path, checkpoint);
        output.WriteLine($"{new FileInfo(folder.File("c.pth")).Length / 1e6:F1} MB: write and verify {write.TotalMilliseconds:F0} ms");
        output.WriteLine($"read {read.TotalMilliseconds:F0} ms, two generations {clock.Elapsed.TotalMilliseconds:F0} ms");
        Assert.InRange(write.TotalSeconds, 0, 30);
    }

    [SharedTheory("golden/l_run/full/2d_checkpoint_final.pth")]
    [InlineData("golden/l_run/model3d/fold_0/checkpoint_final.pth")]
    [InlineData("golden/l_run/model2d/fold_0/checkpoint_final.pth")]
    [InlineData("golden/l_run/full/2d_checkpoint_final.pth")]
    public void All_entries_of_nnunets_dict_are_there_when_it_is_written_again(string file)
    {
        using var folder = new TemporaryFolder();
        CheckpointFile.Write(folder.File("again.pth"), CheckpointFile.Read(TestPaths.SharedPath(file)));
        using var before = TorchArchive.Open(TestPaths.SharedPath(file));
        using var after = TorchArchive.Open(folder.File("again.pth"));
        var tensors = 0;
        Same(before.Root, after.Root, "");
        Assert.Equal(Shared(State(before)), Shared(State(after)));
        output.WriteLine($"{tensors} names of tensors, {State(before).Entries.Count} of them of the network's");

        // Numbers of numpy become Python's own and a device becomes its name, so that readers of weights only take the file.
        void Same(object? expected, object? actual, string at)
        {
            switch (expected)
            {
                case PickleDict dict:
                    var again = Assert.IsType<PickleDict>(actual);
                    Assert.Equal((at, dict.Entries.Select(e => e.Key)), (at, again.Entries.Select(e => e.Key)), KeysEqual);
                    foreach (var (a, b) in dict.Entries.Zip(again.Entries)) Same(a.Value, b.Value, $"{at}/{a.Key}");
                    break;
                case List<object?> or PickleTuple:
                    Assert.IsType(expected.GetType(), actual);
                    var (left, right) = (PickleFields.Items(expected)!, PickleFields.Items(actual)!);
                    Assert.Equal((at, left.Count), (at, right.Count));
                    for (var i = 0; i < left.Count; i++) Same(left[i], right[i], $"{at}/{i}");
                    break;
                case TensorReference tensor:
                    tensors++;
                    var written = Assert.IsType<TensorReference>(actual);
                    Assert.Equal((at, tensor.StorageType), (at, written.StorageType));
                    Assert.Equal(tensor.Shape, written.Shape);
                    Assert.Equal(SampleCheckpoint.Bits(before.ReadFloats(tensor)), SampleCheckpoint.Bits(after.ReadFloats(written)));
                    break;
                case NumpyScalar: Assert.Equal((at, PickleFields.Number(expected)), (at, PickleFields.Number(actual))); break;
                case TorchDevice device: Assert.Equal(device.Type, actual); break;
                default: Assert.Equal((at, expected), (at, actual)); break;
            }
        }

        static bool KeysEqual((string, IEnumerable<object>) a, (string, IEnumerable<object>) b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2);

        // which names share a record
        static IEnumerable<string> Shared(PickleDict state) =>
            state.Entries.GroupBy(e => ((TensorReference)e.Value!).Key).Select(g => string.Join(' ', g.Select(e => e.Key))).Order(StringComparer.Ordinal);
    }

    [SharedTheory("golden/l_run/full/2d_checkpoint_final.pth")]
    [InlineData("golden/l_run/model3d/fold_0/checkpoint_final.pth")]
    [InlineData("golden/l_run/model2d/fold_0/checkpoint_final.pth")]
    [InlineData("golden/l_run/full/2d_checkpoint_final.pth")]
    public void A_description_reads_each_weight_once_and_no_optimizer(string file)
    {
        var clock = Stopwatch.StartNew();
        using var archive = TorchArchive.Open(TestPaths.SharedPath(file));
        var description = CheckpointFile.Describe(archive);
        output.WriteLine($"{archive.BytesRead} of {archive.TotalBytes} bytes in {clock.Elapsed.TotalMilliseconds:F0} ms");
        var weights = 4 * description.Parameters.Sum(p => p.Shape.Aggregate(1L, (a, b) => a * b));
        var pickle = archive.Entries.Single(e => e.Name.EndsWith("data.pkl", StringComparison.Ordinal)).Length;
        Assert.InRange(archive.BytesRead, weights + pickle, weights + pickle + 16);
    }

    private static PickleDict State(TorchArchiveReader archive) => (PickleDict)((PickleDict)archive.Root!)["network_weights"]!;
}
