using System.Text;
using ActorSeg.Compute.Checkpoints;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("weights.safetensors");

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 150)]
    public void What_is_written_is_read_bit_for_bit(int seed)
    {
        var weights = Random(new Random(seed));
        SafetensorsFile.Write(Path, weights);
        foreach (var read in (CheckpointWeights[])[SafetensorsFile.Read(Path), CheckpointFile.ReadWeights(Path)])
        {
            SampleCheckpoint.AssertSame(weights.Weights, read.Weights);
            SampleCheckpoint.AssertSame(weights.Buffers, read.Buffers);
            Assert.Equal(weights.StateNames, read.StateNames);
            Assert.All(read.Dtypes, dtype => Assert.Equal("float32", dtype));
        }

        Assert.Equal([Path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        SafetensorsFile.Write(Path, new CheckpointWeights([new NamedTensor("a", [2], [1f, -2f])], [], [("a", "a")], ["float32"]));
        var header = """{"__metadata__":{"format":"pt","a":"a"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
        byte[] expected = [96, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(header.PadRight(96)), 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0];
        Assert.Equal(expected, File.ReadAllBytes(Path));
    }

    [Fact]
    public void Files_of_other_writers_are_read_in_each_type()
    {
        var header = """
            {"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"c.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[8,16]},
             "d":{"dtype":"F16","shape":[1,1],"data_offsets":[16,18]},"e":{"dtype":"BF16","shape":[1],"data_offsets":[18,20]},
             "f":{"dtype":"BOOL","shape":[2],"data_offsets":[20,22]},"a":{"dtype":"I8","shape":[1],"data_offsets":[22,23]},
             "g":{"dtype":"F32","shape":[0,3],"data_offsets":[23,23]},"__metadata__":{"format":"pt","z":"b","made":"by hand"}}
            """;
        byte[] data = [.. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(7L), 0, 0xC0, 0x20, 0xC1, 1, 0, 0xFE];
        Save(header, data);
        var weights = SafetensorsFile.Read(Path);
        Assert.Equal(["z", "b", "d", "e", "f", "a", "g"], weights.Weights.Select(w => w.Name));
        Assert.Equal([[1.5f], [1.5f], [-2f], [-10f], [1f, 0f], [-2f], []], weights.Weights.Select(w => w.Values));
        Assert.Equal([7f], Assert.Single(weights.Buffers).Values);
        Assert.Equal(["float64", "float64", "float16", "bfloat16", "bool", "int8", "float32"], weights.Dtypes);
        Assert.Equal("safetensors", CheckpointFile.Describe(Path).Format);
    }

    [Fact]
    public void Weights_of_a_checkpoint_become_safetensors_and_stay_the_same()
    {
        CheckpointFile.Write(_folder.File("c.pth"), SampleCheckpoint.Make());
        var before = CheckpointFile.ReadWeights(_folder.File("c.pth"));
        SafetensorsFile.Write(Path, before);
        var after = SafetensorsFile.Read(Path);
        Assert.Equal(before.StateNames, after.StateNames);
        Assert.Equal(CheckpointFile.Describe(_folder.File("c.pth")).WeightsSha256, CheckpointFile.Describe(Path).WeightsSha256);
        Assert.Contains("a safetensors file", Assert.Throws<DataException>(() => CheckpointFile.Read(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_that_other_writers_dropped_are_found_in_the_metadata()
    {
        Save("""{"__metadata__":{"x.all_modules.0.weight":"x.conv.weight"},"x.conv.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]);
        var weights = SafetensorsFile.Read(Path);
        Assert.Single(weights.Weights);
        Assert.Equal([("x.all_modules.0.weight", "x.conv.weight"), ("x.conv.weight", "x.conv.weight")], weights.StateNames);
    }

    [Theory]
    [InlineData("overlaps", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("overlaps", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("a hole of 4 bytes", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("8 bytes of tensors where its header places 4", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("places 12", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""")]
    [InlineData("places 9223372036854775804", """{"a":{"dtype":"F32","shape":[2305843009213693951],"data_offsets":[0,9223372036854775804]}}""")]
    [InlineData("places 0", "{}")]
    [InlineData("takes 4", """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,8]}}""")]
    [InlineData("not the JSON", """{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}""")]
    [InlineData("no shape", """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""")]
    [InlineData("no shape", """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""")]
    [InlineData("no shape", """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""")]
    [InlineData("no shape", """{"a":{"dtype":"F32","data_offsets":[0,8]}}""")]
    [InlineData("no data_offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""")]
    [InlineData("no data_offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}""")]
    [InlineData("no data_offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""")]
    [InlineData("as F8_E4M3", """{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""")]
    [InlineData("no dtype", """{"a":{"dtype":4,"shape":[8],"data_offsets":[0,8]}}""")]
    [InlineData("something else than an object", """{"a":[0,8]}""")]
    [InlineData("not the JSON", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("not the JSON", """{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("not the JSON", """{"a":{"dtype":"F32","shape":[[[[[[2]]]]]],"data_offsets":[0,8]}}""")]
    [InlineData("not the JSON", """{"a":""")]
    [InlineData("which is no text", """{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("stand for one parameter", """
        {"x.conv.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x.all_modules.0.weight":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}
        """)]
    public void A_header_that_lies_is_refused(string says, string header)
    {
        Save(header, [0, 0, 0, 0, 1, 0, 0, 0]);
        Assert.Contains(says, Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_tensor_under_ever_more_names_is_refused()
    {
        var names = string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"w{i}\":\"a\""));
        Save($$$"""{"__metadata__":{{{{names}}}},"a":{"dtype":"F32","shape":[250000],"data_offsets":[0,1000000]}}""", new byte[1_000_000]);
        Assert.Contains("far larger than the file", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(1UL << 24)]
    [InlineData(1UL << 30)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void A_length_of_the_header_that_cannot_be_takes_no_memory(ulong length)
    {
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes(length), .. "{}"u8, 0, 0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("announces a header", Refused(), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 16);
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        SafetensorsFile.Write(Path, Random(new Random(5)));
        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length < whole.Length; length += 3)
        {
            File.WriteAllBytes(Path, whole[..length]);
            Refused();
        }
    }

    [Fact]
    public void Names_and_tensors_that_do_not_fit_are_an_argument_error()
    {
        NamedTensor[] one = [new("a", [1], [1f])];
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(Path, new CheckpointWeights(one, [], [("a", "b")], [])));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(Path, new CheckpointWeights(one, [], [], [])));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    // Names with and without aliases, scalars, empty tensors, counters, values of all bits.
    private static CheckpointWeights Random(Random random)
    {
        var (weights, buffers, names) = (new List<NamedTensor>(), new List<NamedTensor>(), new List<(string, string)>());
        var count = 1 + random.Next(6);
        for (var i = 0; i < count; i++)
        {
            string[] kinds = [$"encoder.s{i}.conv.weight", $"s{i}.norm.bias", $"größe \"{i}\" /\\", $"s{i}.norm.running_mean", $"s{i}.norm.num_batches_tracked"];
            var name = kinds[i == 0 ? 0 : random.Next(kinds.Length)];
            var shape = Enumerable.Range(0, random.Next(5)).Select(_ => (long)random.Next(random.Next(4) == 0 ? 1 : 5)).ToArray();
            var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
            for (var v = 0; v < values.Length; v++)
                values[v] = ParameterNames.IsCounter(name) ? random.Next(1 << 20) : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            (ParameterNames.IsBuffer(name) ? buffers : weights).Add(new NamedTensor(name, shape, values));
            names.Add((name, name));
            if (name.EndsWith(".conv.weight", StringComparison.Ordinal)) names.Add(($"encoder.s{i}.all_modules.0.weight", name));
        }

        // the encoder's parameters are seen through the decoder as well, behind all of its own
        names.AddRange(names.Where(n => n.Item1.StartsWith("encoder.", StringComparison.Ordinal)).Select(n => ($"decoder.{n.Item1}", n.Item2)).ToArray());
        return new CheckpointWeights(weights, buffers, names, []);
    }

    private void Save(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes((long)text.Length), .. text, .. data]);
    }

    private string Refused()
    {
        var error = Assert.Throws<DataException>(() => SafetensorsFile.Read(Path));
        Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
        return error.Message;
    }
}
