using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;

namespace ActorSeg.Compute.Tests.Networks;

/// <summary>The rules of -pretrained_weights (spec 05 section 9.7).</summary>
[NoTensorLeak]
public sealed class PretrainedWeightsTests
{
    private static readonly (string Name, IReadOnlyList<long> Shape)[] Small =
        [("encoder.a.conv.weight", [2, 1]), ("encoder.a.norm.running_mean", [2]), ("decoder.seg_layers.0.weight", [3, 2])];

    [Fact]
    public void All_but_the_heads_are_taken_and_what_else_the_file_has_does_not_matter()
    {
        var selection = PretrainedWeights.Select(Small, Given(("encoder.a.conv.weight", [2, 1]), ("encoder.a.norm.running_mean", [2]), ("extra.weight", [9])), "w.pth");
        Assert.Equal(["encoder.a.conv.weight", "encoder.a.norm.running_mean"], selection.Taken.Select(t => t.Name));
        Assert.Equal(["decoder.seg_layers.0.weight"], selection.Kept);
        Assert.Equal(["extra.weight"], selection.Ignored);
    }

    [Fact]
    public void Heads_of_another_number_of_classes_are_left_in_the_file()
    {
        var selection = PretrainedWeights.Select(
            Small, Given(("encoder.a.conv.weight", [2, 1]), ("encoder.a.norm.running_mean", [2]), ("decoder.seg_layers.0.weight", [7, 2])), "w.pth");
        Assert.Equal(["decoder.seg_layers.0.weight"], selection.Ignored);
    }

    [Theory]
    [InlineData("encoder.a.all_modules.0.weight")]
    [InlineData("decoder.encoder.a.conv.weight")]
    [InlineData("module._orig_mod.encoder.a.conv.weight")]
    public void A_weight_is_known_by_any_of_its_names(string name) =>
        Assert.Equal(2, PretrainedWeights.Select(Small, Given((name, [2, 1]), ("encoder.a.norm.running_mean", [2])), "w.pth").Taken.Count);

    [Fact]
    public void A_missing_weight_and_one_of_another_shape_are_told_with_file_name_and_shapes()
    {
        var missing = Assert.Throws<DataException>(() => PretrainedWeights.Select(Small, Given(("encoder.a.conv.weight", [2, 1])), "w.pth"));
        Assert.StartsWith("w.pth: lacks the weight 'encoder.a.norm.running_mean', which this network has with the shape (2); ", missing.Message, StringComparison.Ordinal);
        var other = Assert.Throws<DataException>(() => PretrainedWeights.Select(Small, Given(("encoder.a.conv.weight", [2, 3])), "w.pth"));
        Assert.StartsWith("w.pth: has the weight 'encoder.a.conv.weight' with the shape (2, 3) where this network has (2, 1); ", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_begins_with_the_weights_of_a_checkpoint_a_state_dict_or_a_safetensors_file()
    {
        using var folder = new TemporaryFolder();
        using var network = SmallNetworks.Build("plain3d");
        var weights = network.Save();
        var checkpoint = SampleOf(network);
        CheckpointFile.Write(folder.File("c.pth"), checkpoint);
        SafetensorsFile.Write(folder.File("w.safetensors"), CheckpointFile.ReadWeights(folder.File("c.pth")));
        foreach (var file in (string[])[folder.File("c.pth"), folder.File("w.safetensors"), TestPaths.Golden("f_network", "small", "plain3d.pth")])
        {
            // one class more, so that the heads differ
            using var other = UNet.Build(network.Spec, network.InputChannels, network.Heads + 1, seed: 77);
            var before = other.Save();
            var selection = other.LoadPretrained(CheckpointFile.ReadWeights(file), file);
            foreach (var ((trained, fresh), now) in weights.Zip(before).Zip(other.Save()))
                Assert.Equal(trained.Name.Contains(".seg_layers.", StringComparison.Ordinal) ? fresh.Values : trained.Values, now.Values);
            Assert.Equal(before.Count, selection.Taken.Count + selection.Kept.Count);
            Assert.All(selection.Kept, name => Assert.Contains(".seg_layers.", name, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_file_that_does_not_fit_leaves_the_network_as_it_is()
    {
        using var network = SmallNetworks.Build("plain3d");
        var before = network.Save();
        using var narrower = UNet.Build(network.Spec, network.InputChannels + 1, network.Heads, seed: 5);
        var given = narrower.Save();
        var error = Assert.Throws<DataException>(() => network.LoadPretrained(new CheckpointWeights(given, [], [], []), "other.pth"));
        Assert.Contains("encoder.stages.0.0.convs.0.conv.weight", error.Message, StringComparison.Ordinal);
        Assert.All(before.Zip(network.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    private static CheckpointWeights Given(params (string Name, long[] Shape)[] tensors)
    {
        var collector = new WeightsCollector("w.pth", 1000);
        foreach (var (name, shape) in tensors) collector.Add(name, shape, "float32", () => new float[shape.Aggregate(1L, (a, b) => a * b)]);
        return collector.Finish();
    }

    private static Checkpoint SampleOf(UNet network) => new()
    {
        Weights = network.Save(),
        StateNames = network.StateNames,
        History = [],
        CurrentEpoch = 0,
        TrainerName = "nnUNetTrainer",
        Configuration = "3d_fullres",
        Fold = new Fold(0),
        Plans = [],
        DatasetJson = [],
    };
}
