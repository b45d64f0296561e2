using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints;

/// <summary>Files of torch.save without the zip, put together as torch's <c>_legacy_save</c> does.</summary>
public sealed class LegacyTorchTests : IDisposable
{
    private static readonly byte[] Magic = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("old.pth");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_of_a_legacy_file_are_read()
    {
        Write(State(), ["11", "7"], [Floats(5f, 6f), Floats(1f, 2f, 3f, 4f)]);
        var weights = CheckpointFile.ReadWeights(Path);
        Assert.Equal(["a.weight", "b.weight", "c.weight"], weights.Weights.Select(w => w.Name));
        Assert.Equal([1, 2, 3, 4], weights.Weights[0].Values);
        Assert.Equal([5, 6], weights.Weights[1].Values);
        Assert.Equal([3, 4], weights.Weights[2].Values);
        Assert.Equal("state_dict", CheckpointFile.Describe(Path).Format);
    }

    [Fact]
    public void A_legacy_checkpoint_is_the_same_as_one_in_a_zip()
    {
        var storages = new TorchStorages();
        var checkpoint = SampleCheckpoint.Make();
        var root = CheckpointEncoding.Encode(checkpoint, storages);
        var records = storages.Records.Select(r => Floats((float[])r)).ToArray();
        Write(root, [.. records.Select((_, i) => $"{i}")], records);
        SampleCheckpoint.AssertSame(checkpoint, CheckpointFile.Read(Path));
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        Write(State(), ["11", "7"], [Floats(5f, 6f), Floats(1f, 2f, 3f, 4f)]);
        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            Refused();
        }
    }

    [Fact]
    public void Storages_that_do_not_fit_the_list_are_refused()
    {
        Write(State(), ["7"], [Floats(1f, 2f, 3f, 4f)]);
        Assert.Contains("no record '11'", Refused(), StringComparison.Ordinal);
        Write(State(), ["11", "7", "8"], [Floats(5f, 6f), Floats(1f, 2f, 3f, 4f), Floats(1f)]);
        Assert.Contains("storage '8'", Refused(), StringComparison.Ordinal);
        Write(State(), ["11", "11"], [Floats(5f, 6f), Floats(5f, 6f)]);
        Assert.Contains("listed before", Refused(), StringComparison.Ordinal);
        Write(State(), ["11", "7"], [Floats(5f), Floats(1f, 2f, 3f, 4f)]);
        Assert.Contains("another number", Refused(), StringComparison.Ordinal);
        Write(State(), ["11", "7"], [Floats(5f, 6f), [.. Floats(1f, 2f, 3f, 4f), 9]]);
        Assert.Contains("1 bytes behind", Refused(), StringComparison.Ordinal);
        Write(new TensorReference("DoubleStorage", "0", 1L << 60, 0, [1], [1]), ["0"], [BitConverter.GetBytes(1L << 60)]);
        Assert.Contains("ends within", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_legacy_file_that_asks_for_a_shell_is_refused()
    {
        File.WriteAllBytes(Path, [.. Magic, .. Pickle.Write(1001L), .. Pickle.Write(System(true)), 0x80, 2, .. "cos\nsystem\nX\u0002\0\0\0id"u8, 0x85, .. "R."u8]);
        Assert.Contains("os system", Refused(), StringComparison.Ordinal);
        File.WriteAllBytes(Path, [.. Magic, .. Pickle.Write(1001L), .. Pickle.Write(System(false)), .. Pickle.Write(null), .. Pickle.Write(new List<object?>())]);
        Assert.Contains("little-endian", Refused(), StringComparison.Ordinal);
    }

    /// <summary>A whole file; our pickles have persistent ids of five parts, torch's have a sixth, which is None unless a storage is a view.</summary>
    internal static byte[] Join(byte[] pickle, string[] keys, byte[][] records)
    {
        var ours = pickle.Length;
        for (var at = pickle.AsSpan().IndexOf("tQ"u8); at >= 0; at = pickle.AsSpan(at + 3).IndexOf("tQ"u8) is >= 0 and var next ? at + 3 + next : -1)
            pickle = [.. pickle[..at], (byte)'N', .. pickle[at..]];
        Assert.True(pickle.Length > ours);
        return
        [
            .. Magic, .. Pickle.Write(1001L), .. Pickle.Write(System(true)), .. pickle, .. Pickle.Write(new List<object?>(keys)), .. records.SelectMany(r => r),
        ];
    }

    internal static byte[] Floats(params float[] values) => [.. BitConverter.GetBytes((long)values.Length), .. values.SelectMany(BitConverter.GetBytes)];

    private static PickleDict State()
    {
        var state = new PickleDict(ordered: true);
        state.Add("a.weight", new TensorReference("FloatStorage", "7", 4, 0, [2, 2], [2, 1]));
        state.Add("b.weight", new TensorReference("FloatStorage", "11", 2, 0, [2], [1]));
        state.Add("c.weight", new TensorReference("FloatStorage", "7", 4, 2, [2], [1]));
        return state;
    }

    private static PickleDict System(bool littleEndian)
    {
        var system = new PickleDict();
        system.Add("protocol_version", 1001L);
        system.Add("little_endian", littleEndian);
        return system;
    }

    private void Write(object? root, string[] keys, byte[][] records) => File.WriteAllBytes(Path, Join(Pickle.Write(root), keys, records));

    private string Refused()
    {
        var error = Assert.Throws<DataException>(() => CheckpointFile.ReadWeights(Path));
        Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        return error.Message;
    }
}
