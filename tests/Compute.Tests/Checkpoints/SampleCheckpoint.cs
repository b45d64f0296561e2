using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Checkpoints;

/// <summary>A small checkpoint with everything a checkpoint can have.</summary>
internal static class SampleCheckpoint
{
    private const string PlansText =
        """{"plans_name": "nnUNetPlans", "spacing": [1.0, 0.5, 2], "big": 12345678901, "tiny": 1e-05, "none": null, "yes": true, "text": "ö"}""";

    public static Checkpoint Make(int epoch = 2, int size = 40, int seed = 1)
    {
        var random = new Random(seed);
        NamedTensor[] weights =
        [
            Tensor("encoder.stages.0.0.convs.0.conv.weight", size, 1, 3, 3, 3),
            Tensor("encoder.stages.0.0.convs.0.norm.weight", size),
            Tensor("decoder.seg_layers.0.weight", 3, size, 1, 1, 1),
        ];
        return new Checkpoint
        {
            Weights = weights,
            StateNames =
            [
                ("encoder.stages.0.0.convs.0.conv.weight", weights[0].Name),
                ("encoder.stages.0.0.convs.0.norm.weight", weights[1].Name),
                ("encoder.stages.0.0.convs.0.all_modules.0.weight", weights[0].Name),
                ("encoder.stages.0.0.convs.0.all_modules.1.weight", weights[1].Name),
                ("decoder.encoder.stages.0.0.convs.0.conv.weight", weights[0].Name),
                ("decoder.seg_layers.0.weight", weights[2].Name),
            ],
            Optimizer = OptimizerState.Sgd([Like(weights[0]), Like(weights[1]), null], learningRate: 0.0042),
            History = [.. Enumerable.Range(0, epoch).Select(Epoch)],
            BestEma = 1.0 / 3,
            CurrentEpoch = epoch,
            TrainerName = "nnUNetTrainer",
            Configuration = "3d_fullres",
            Fold = new Fold(3),
            Plans = (JsonObject)JsonNode.Parse(PlansText)!,
            DatasetJson = new JsonObject { ["labels"] = new JsonObject { ["background"] = 0, ["organ"] = new JsonArray(1, 2) }, ["made"] = 2.0 },
            Device = "cuda:1",
            MirroringAxes = [0, 1, 2],
            Extra = new CheckpointExtra(epoch, 17, [0.25, -1.5], ulong.MaxValue, 1000, 250, 50, 2) { Quarantined = [new("case_007", "case_007.npz: is damaged; preprocess again")] },
        };

        NamedTensor Tensor(string name, params long[] shape)
        {
            var values = new float[shape.Aggregate((a, b) => a * b)];
            for (var i = 0; i < values.Length; i++) values[i] = BitConverter.Int32BitsToSingle(random.Next());
            return new NamedTensor(name, shape, values);
        }

        static EpochRecord Epoch(int e) => new(e, 0.01 / (e + 1), -0.1 * e, 0.3, [0.5, double.NaN], 0.5, 1.0 / 3, 1.7e9 + e, 1.7e9 + e + 0.5);

        NamedTensor Like(NamedTensor tensor) => Tensor(tensor.Name, [.. tensor.Shape]);
    }

    /// <summary>All of two checkpoints, values as bits.</summary>
    public static void AssertSame(Checkpoint expected, Checkpoint actual)
    {
        AssertSame(expected.Weights, actual.Weights);
        AssertSame(expected.Buffers, actual.Buffers);
        AssertSame(expected.Momentum, actual.Momentum);
        Assert.Equal(expected.StateNames, actual.StateNames);
        Assert.Equal(expected.History.Count, actual.History.Count);
        foreach (var (a, b) in expected.History.Zip(actual.History))
        {
            Assert.Equal(a with { DicePerClass = b.DicePerClass }, b); // a record compares lists by reference
            Assert.Equal(a.DicePerClass, b.DicePerClass);
        }

        Assert.Equal(
            (expected.BestEma, expected.CurrentEpoch, expected.TrainerName, expected.Configuration, expected.Fold, expected.Device),
            (actual.BestEma, actual.CurrentEpoch, actual.TrainerName, actual.Configuration, actual.Fold, actual.Device));
        AssertSame(expected.Optimizer, actual.Optimizer);
        AssertSame(expected.GradScaler, actual.GradScaler);
        AssertSame(expected.Foreign.Root, actual.Foreign.Root);
        AssertSame(expected.Foreign.Arguments, actual.Foreign.Arguments);
        AssertSame(expected.Foreign.Logging, actual.Foreign.Logging);
        Assert.Equal(expected.MirroringAxes, actual.MirroringAxes);
        Assert.True(JsonNode.DeepEquals(Normal(expected.Plans), Normal(actual.Plans)), $"{expected.Plans}\n{actual.Plans}");
        Assert.True(JsonNode.DeepEquals(Normal(expected.DatasetJson), Normal(actual.DatasetJson)));
        Assert.Equal(expected.Extra is null, actual.Extra is null);
        if (expected.Extra is null) return;
        Assert.Equal(expected.Extra with { EpochLosses = actual.Extra!.EpochLosses, Quarantined = actual.Extra.Quarantined }, actual.Extra);
        Assert.Equal(expected.Extra.EpochLosses, actual.Extra.EpochLosses);
        Assert.Equal(expected.Extra.Quarantined, actual.Extra.Quarantined);
    }

    public static void AssertSame(IReadOnlyList<NamedTensor?> expected, IReadOnlyList<NamedTensor?> actual)
    {
        Assert.Equal(expected.Select(t => t?.Name), actual.Select(t => t?.Name));
        foreach (var (a, b) in expected.Zip(actual))
        {
            if (a is null) continue;
            Assert.Equal(a.Shape, b!.Shape);
            Assert.Equal(Bits(a.Values), Bits(b.Values));
        }
    }

    public static void AssertSame(OptimizerState? expected, OptimizerState? actual)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is null) return;
        Assert.Equal(expected.Groups.Select(g => g.Parameters), actual!.Groups.Select(g => g.Parameters));
        foreach (var (a, b) in expected.Groups.Zip(actual.Groups)) AssertSame(a.Settings, b.Settings);
        Assert.Equal(expected.Parameters.Select(p => p.Select(s => (s.Name, s.Plain))), actual.Parameters.Select(p => p.Select(s => (s.Name, s.Plain))));
        foreach (var (a, b) in expected.Parameters.Zip(actual.Parameters)) AssertSame([.. a.Select(s => s.Tensor)], [.. b.Select(s => s.Tensor)]);
    }

    // As pickled: the same keys in the same order, the same values of the same types.
    private static void AssertSame(PickleDict? expected, PickleDict? actual) => Assert.Equal(Pickle.Write(expected), Pickle.Write(actual));

    public static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    private static JsonNode Normal(JsonNode node) => JsonNode.Parse(node.ToJsonString())!;
}
