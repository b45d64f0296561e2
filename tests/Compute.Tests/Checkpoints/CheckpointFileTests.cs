using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Causes_of_lost_cases_are_kept_as_a_line_and_checkpoints_from_before_there_were_any_have_none()
    {
        var path = _folder.File("checkpoint_final.pth");
        var sample = SampleCheckpoint.Make();
        CheckpointFile.Write(path, sample with { Extra = sample.Extra! with { Quarantined = [new("a", "two\nlines, " + new string('x', 1000))] } });
        var cause = Assert.Single(CheckpointFile.Read(path).Extra!.Quarantined).Cause;
        Assert.StartsWith("two?lines, xxx", cause);
        Assert.InRange(cause.Length, 200, 256);
        var before = new PickleDict();
        foreach (var key in (string[])["format", "epoch", "iteration", "epochs", "iterations_per_epoch", "validation_iterations", "batch_size"]) before.Add(key, 1L);
        before.Add("epoch_losses", new List<object?>());
        before.Add("seed", "7");
        Assert.Empty(CheckpointDecoding.Extra(before, path)!.Quarantined);
    }

    [Fact]
    public void A_checkpoint_comes_back_bit_for_bit()
    {
        var (path, checkpoint) = (_folder.File("checkpoint_best.pth"), SampleCheckpoint.Make());
        CheckpointFile.Write(path, checkpoint);
        SampleCheckpoint.AssertSame(checkpoint, CheckpointFile.Read(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Reading_holds_every_value_once_and_writing_none()
    {
        var (path, checkpoint) = (_folder.File("c.pth"), SampleCheckpoint.Make(size: 40_000));
        CheckpointFile.Write(path, checkpoint); // once before, for what is compiled and cached
        const long Fixed = 1 << 20;
        var before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointFile.Write(path, checkpoint);
        var written = GC.GetAllocatedBytesForCurrentThread();
        _ = CheckpointFile.Read(path);
        var read = GC.GetAllocatedBytesForCurrentThread();
        var length = new FileInfo(path).Length;
        Assert.InRange(length, 8 * Fixed, long.MaxValue);
        Assert.InRange(written - before, 0, Fixed);
        Assert.InRange(read - written, 0, length + Fixed);
    }

    [Fact]
    public void Optional_parts_may_be_missing()
    {
        var bare = SampleCheckpoint.Make() with { Optimizer = null, History = [], BestEma = null, CurrentEpoch = 0 };
        var checkpoint = bare with { Fold = Fold.All, MirroringAxes = null, Extra = null };
        CheckpointFile.Write(_folder.File("c.pth"), checkpoint);
        SampleCheckpoint.AssertSame(checkpoint, CheckpointFile.Read(_folder.File("c.pth")));
    }

    [Fact]
    public void Aliases_share_one_storage_and_the_layout_is_torchs()
    {
        var path = _folder.File("checkpoint_latest.pth");
        CheckpointFile.Write(path, SampleCheckpoint.Make());
        using var zip = ZipFile.OpenRead(path);
        var names = zip.Entries.Select(e => e.FullName).ToArray();
        Assert.Equal("checkpoint_latest/data.pkl", names[0]);
        Assert.Equal(5, names.Count(n => n.StartsWith("checkpoint_latest/data/", StringComparison.Ordinal))); // 3 weights, 2 momenta
        Assert.Equal("3\n", new StreamReader(zip.GetEntry("checkpoint_latest/version")!.Open()).ReadToEnd());
        Assert.Equal("little", new StreamReader(zip.GetEntry("checkpoint_latest/byteorder")!.Open()).ReadToEnd());
        using var archive = TorchArchive.Open(path);
        var state = (PickleDict)((PickleDict)archive.Root!)["network_weights"]!;
        Assert.Equal(((TensorReference)state.Entries[0].Value!).Key, ((TensorReference)state.Entries[4].Value!).Key);
    }

    [Fact]
    public void The_nine_keys_of_nnunet_are_there_and_hold_plain_python_values_only()
    {
        var path = _folder.File("c.pth");
        CheckpointFile.Write(path, SampleCheckpoint.Make());
        using var archive = TorchArchive.Open(path);
        var root = (PickleDict)archive.Root!;
        string[] keys =
        [
            "network_weights", "optimizer_state", "grad_scaler_state", "logging", "_best_ema", "current_epoch", "init_args", "trainer_name",
            "inference_allowed_mirroring_axes", "actorseg",
        ];
        Assert.Equal(keys, root.Entries.Select(e => e.Key));
        var group = (PickleDict)((List<object?>)((PickleDict)root["optimizer_state"]!)["param_groups"]!)[0]!;
        Assert.Equal(
            ["lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "foreach", "differentiable", "fused", "initial_lr", "params"],
            group.Entries.Select(e => e.Key));
        Assert.Equal([0L, 1L, 2L], (List<object?>)group["params"]!);
        Assert.Equal([0L, 1L], ((PickleDict)((PickleDict)root["optimizer_state"]!)["state"]!).Entries.Select(e => e.Key));
        Assert.Equal([0.5, double.NaN], (List<object?>)((List<object?>)((PickleDict)root["logging"]!)["dice_per_class_or_region"]!)[0]!);
        var init = (PickleDict)root["init_args"]!;
        Assert.Equal("cuda:1", init["device"]);
        Assert.Equal(3L, init["fold"]);
        Assert.Equal([1.0, 0.5, 2L], (List<object?>)((PickleDict)init["plans"]!)["spacing"]!);
        Assert.Equal(2.0, ((PickleDict)init["dataset_json"]!)["made"]);

        // what torch's weights_only reader takes: these globals and nothing else
        using var zip = ZipFile.OpenRead(path);
        using var pickle = zip.GetEntry("c/data.pkl")!.Open();
        var text = new StreamReader(pickle, Encoding.Latin1).ReadToEnd();
        Assert.DoesNotContain("numpy", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ctorch\ndevice", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_other_float_types_become_float32()
    {
        var path = _folder.File("mixed.pth");
        var state = new PickleDict(ordered: true);
        state.Add("a.double", new TensorReference("DoubleStorage", "0", 2, 0, [2], [1]));
        state.Add("b.half", new TensorReference("HalfStorage", "1", 2, 0, [2], [1]));
        state.Add("c.brain", new TensorReference("BFloat16Storage", "2", 2, 0, [2], [1]));
        state.Add("d.norm.num_batches_tracked", new TensorReference("LongStorage", "3", 1, 0, [], []));
        var bytes = new byte[16];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, 1.5);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8), -2.25);
        WriteArchive(path, state, bytes, [0x00, 0x3C, 0x00, 0xC0], [0x80, 0x3F, 0x20, 0xC1], BitConverter.GetBytes(123L));
        var weights = CheckpointFile.ReadWeights(path);
        Assert.Equal([1.5f, -2.25f], weights.Weights[0].Values);
        Assert.Equal([1f, -2f], weights.Weights[1].Values);
        Assert.Equal([1f, -10f], weights.Weights[2].Values);
        Assert.Equal([123f], Assert.Single(weights.Buffers).Values);
        Assert.Equal(["float64", "float16", "bfloat16"], CheckpointFile.Describe(path).Parameters.Select(p => p.Dtype));
    }

    [Fact]
    public void Counters_of_batch_norm_are_written_as_whole_numbers()
    {
        const string Counter = "encoder.stages.0.0.convs.0.norm.num_batches_tracked";
        var sample = SampleCheckpoint.Make();
        var checkpoint = sample with
        {
            Buffers = [new NamedTensor(Counter, [], [7])],
            StateNames = [.. sample.StateNames, (Counter, Counter), ("decoder.encoder" + Counter["encoder".Length..], Counter)],
        };
        CheckpointFile.Write(_folder.File("c.pth"), checkpoint);
        SampleCheckpoint.AssertSame(checkpoint, CheckpointFile.Read(_folder.File("c.pth")));
        using var archive = TorchArchive.Open(_folder.File("c.pth"));
        Assert.Equal("LongStorage", ((TensorReference)((PickleDict)((PickleDict)archive.Root!)["network_weights"]!)[Counter]!).StorageType);
    }

    [Fact]
    public void Strides_and_offsets_are_honoured()
    {
        var path = _folder.File("strided.pth");
        var state = new PickleDict();
        state.Add("transposed", new TensorReference("FloatStorage", "0", 6, 0, [3, 2], [1, 3]));
        state.Add("tail", new TensorReference("FloatStorage", "0", 6, 4, [2], [1]));
        float[] values = [0, 1, 2, 3, 4, 5];
        WriteArchive(path, state, [.. values.SelectMany(BitConverter.GetBytes)]);
        var weights = CheckpointFile.ReadWeights(path).Weights;
        Assert.Equal([0, 3, 1, 4, 2, 5], weights[0].Values);
        Assert.Equal([4, 5], weights[1].Values);
    }

    [Fact]
    public void Prefixes_of_wrappers_are_taken_off()
    {
        var state = new PickleDict();
        state.Add("module._orig_mod.decoder.encoder.x.all_modules.2.weight", new TensorReference("FloatStorage", "0", 1, 0, [1], [1]));
        WriteArchive(_folder.File("w.pth"), state, BitConverter.GetBytes(1f));
        var weights = CheckpointFile.ReadWeights(_folder.File("w.pth"));
        Assert.Equal("encoder.x.norm.weight", weights.Weights[0].Name);
        Assert.Equal(("decoder.encoder.x.all_modules.2.weight", "encoder.x.norm.weight"), weights.StateNames[0]);
    }

    [Fact]
    public void Names_of_one_parameter_that_carry_different_values_are_refused()
    {
        var state = new PickleDict();
        state.Add("encoder.x.conv.weight", new TensorReference("FloatStorage", "0", 1, 0, [1], [1]));
        state.Add("encoder.x.all_modules.0.weight", new TensorReference("FloatStorage", "1", 1, 0, [1], [1]));
        WriteArchive(_folder.File("same.pth"), state, BitConverter.GetBytes(1f), BitConverter.GetBytes(1f));
        Assert.Single(CheckpointFile.ReadWeights(_folder.File("same.pth")).Weights);
        WriteArchive(_folder.File("differ.pth"), state, BitConverter.GetBytes(1f), BitConverter.GetBytes(2f));
        var error = Assert.Throws<DataException>(() => CheckpointFile.ReadWeights(_folder.File("differ.pth")));
        Assert.Contains("encoder.x.all_modules.0.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_description_has_the_keys_of_the_command_line_reference()
    {
        var (path, checkpoint) = (_folder.File("c.pth"), SampleCheckpoint.Make());
        CheckpointFile.Write(path, checkpoint);
        var json = JsonNode.Parse(JsonSerializer.Serialize(CheckpointFile.Describe(path)))!.AsObject();
        Assert.Equal(
            ["format", "trainer", "configuration", "fold", "epoch", "iteration", "weights_sha256", "parameters", "has_optimizer", "extra"],
            json.Select(p => p.Key));
        Assert.Equal(["name", "shape", "dtype"], json["parameters"]![0]!.AsObject().Select(p => p.Key));
        Assert.Equal(
            ("actorseg", "3", 2, 17, true, ulong.MaxValue),
            ((string)json["format"]!, (string)json["fold"]!, (int)json["epoch"]!, (int)json["iteration"]!, (bool)json["has_optimizer"]!,
                (ulong)json["extra"]!["seed"]!));
        Assert.Equal(CheckpointFile.WeightsSha256(checkpoint.Weights), (string)json["weights_sha256"]!);
    }

    [Fact]
    public void The_digest_is_over_name_dtype_shape_and_bytes()
    {
        NamedTensor[] weights = [new("a", [2], [1f, -2f]), new("b", [1, 1], [0.5f]), new("c", [], [3f])];
        byte[] text = [.. "afloat32(2,)"u8, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, .. "bfloat32(1, 1)"u8, 0, 0, 0, 0x3F, .. "cfloat32()"u8, 0, 0, 0x40, 0x40];
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(text)), CheckpointFile.WeightsSha256(weights));
    }

    [Fact]
    public void Weights_names_and_momentum_that_do_not_fit_are_an_argument_error()
    {
        var (path, good) = (_folder.File("c.pth"), SampleCheckpoint.Make());
        Assert.Throws<ArgumentException>(() => CheckpointFile.Write(path, good with { Optimizer = OptimizerState.Sgd([null], 0.01) }));
        Assert.Throws<ArgumentException>(() => CheckpointFile.Write(path, good with { StateNames = [good.StateNames[0]] }));
        Assert.Throws<ArgumentException>(() => CheckpointFile.Write(path, good with { StateNames = [.. good.StateNames, ("x", "unknown")] }));
        Assert.Throws<ArgumentException>(() => CheckpointFile.Write(path, good with { Weights = [.. good.Weights.Reverse()], Optimizer = null }));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    internal static void WriteArchive(string path, object? root, params byte[][] records)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("p/data.pkl", Pickle.Write(root));
        for (var i = 0; i < records.Length; i++) Add($"p/data/{i}", records[i]);
        Add("p/version", "3"u8.ToArray());

        void Add(string name, byte[] content)
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            stream.Write(content);
        }
    }
}
