using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints.Interop;

/// <summary>Files that ActorSeg wrote in real PyTorch, and the other way round: every value, to the bit.</summary>
public sealed class TorchInteropTests : IDisposable
{
    private const string Real = "golden/l_run/full/2d_checkpoint_final.pth";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PythonTorchFact]
    public void Torch_loads_all_of_our_checkpoint_with_and_without_weights_only()
    {
        var checkpoint = WithBatchNorm();
        CheckpointFile.Write(_folder.File("ours.pth"), checkpoint);
        var storages = new TorchStorages();
        var root = CheckpointEncoding.Encode(checkpoint, storages);
        AssertSame(new PickleTree(tensor => Floats(storages, tensor)).Of(root), PythonTorch.Run("read", _folder.File("ours.pth")));
    }

    [PythonTorchFact]
    public void Torchs_sgd_goes_on_with_our_momentum_where_one_parameter_has_none()
    {
        CheckpointFile.Write(_folder.File("ours.pth"), WithBatchNorm());
        Assert.Equal("2", PythonTorch.Run("sgd", _folder.File("ours.pth")).Trim());
    }

    [PythonTorchFact(Real)]
    public void Torch_loads_nnunets_own_checkpoint_as_we_write_it_again()
    {
        var real = TestPaths.SharedPath(Real);
        CheckpointFile.Write(_folder.File("again.pth"), CheckpointFile.Read(real));
        using var archive = TorchArchive.Open(real);
        // What is written again has Python's own numbers, and a name for the device.
        var plain = (PickleDict)PlainValues.Of(archive.Root)!;
        AssertSame(new PickleTree(archive.ReadFloats).Of(plain), PythonTorch.Run("read", _folder.File("again.pth")));
    }

    [PythonTorchFact]
    public void What_torch_writes_is_read_to_the_bit_with_and_without_the_zip()
    {
        _ = PythonTorch.Run("write", _folder.Path);
        foreach (var name in (string[])["tensors", "values", "sgd", "adam"])
        {
            foreach (var ending in (string[])[".pth", ".legacy.pth"])
            {
                using var archive = TorchArchive.Open(_folder.File(name + ending));
                AssertSame(PickleTree.Of(archive), File.ReadAllText(_folder.File($"{name}.json")));
            }
        }

        // Adam's slots, its settings and the keys that are not nnU-Net's survive, and torch goes on from them as from its own file.
        string[] kinds = ["sgd", "adam"];
        foreach (var kind in kinds)
        {
            var read = CheckpointFile.Read(_folder.File($"{kind}.pth"));
            Assert.Equal(3, read.Buffers.Count);
            Assert.Equal([true, true, true, true, false, false], read.Optimizer!.Parameters.Select(p => p.Count > 0));
            SampleCheckpoint.AssertSame(read, CheckpointFile.Read(_folder.File($"{kind}.legacy.pth")));
            CheckpointFile.Write(_folder.File($"{kind}.again.pth"), read);
        }

        var trees = JsonNode.Parse(PythonTorch.Run("continue", _folder.Path))!;
        foreach (var kind in kinds)
        {
            using var archive = TorchArchive.Open(_folder.File($"{kind}.pth"));
            AssertSame(Sorted(new PickleTree(archive.ReadFloats).Of(PlainValues.Of(archive.Root))!), Sorted(trees[kind]!).ToJsonString());
        }
    }

    private static Checkpoint WithBatchNorm()
    {
        const string Norm = "encoder.stages.0.0.convs.0.norm";
        var sample = SampleCheckpoint.Make();
        string[] buffers = [$"{Norm}.running_mean", $"{Norm}.running_var", $"{Norm}.num_batches_tracked"];
        return sample with
        {
            Buffers = [new NamedTensor(buffers[0], [2], [0.5f, -1]), new NamedTensor(buffers[1], [2], [1, 2]), new NamedTensor(buffers[2], [], [250_000])],
            StateNames = [.. sample.StateNames, .. buffers.SelectMany(b => new[] { (b, b), ("decoder." + b, b) })],
        };
    }

    private static float[] Floats(TorchStorages storages, TensorReference tensor) => storages.Records[int.Parse(tensor.Key)] switch
    {
        float[] floats => floats,
        long[] counters => Array.ConvertAll(counters, c => (float)c),
        var other => throw new ArgumentException(other.GetType().Name),
    };

    private static void AssertSame(JsonNode? expected, string python)
    {
        var actual = JsonNode.Parse(python)!;
        if (!JsonNode.DeepEquals(JsonNode.Parse(expected!.ToJsonString()), actual)) Assert.Equal(expected.ToJsonString(), actual.ToJsonString());
    }

    // Keys that are not nnU-Net's own are written behind its.
    private static JsonNode Sorted(JsonNode node)
    {
        if (node is not JsonObject map || map["dict"] is not JsonArray entries) return node.DeepClone();
        var sorted = entries.Select(e => (Key: e![0]!.DeepClone(), Value: e[1])).OrderBy(e => e.Key.ToJsonString(), StringComparer.Ordinal);
        return new JsonObject { ["dict"] = new JsonArray([.. sorted.Select(e => new JsonArray(e.Key, e.Value is null ? null : Sorted(e.Value)))]) };
    }
}
