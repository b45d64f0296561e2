using System.IO.Compression;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints;

/// <summary>Checkpoint files that are damaged or made to do harm.</summary>
public sealed class CheckpointHostileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_that_asks_for_a_shell_is_refused_by_name()
    {
        WriteRaw([0x80, 2, .. "cos\nsystem\nX\u0002\0\0\0id"u8, 0x85, .. "R."u8]);
        Assert.Contains("os system", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_shorter_or_longer_than_declared_is_refused()
    {
        var state = new PickleDict();
        state.Add("w", new TensorReference("FloatStorage", "0", 10, 0, [10], [1]));
        foreach (var length in (int[])[39, 41, 0])
        {
            CheckpointFileTests.WriteArchive(NewPath(), state, new byte[length]);
            Assert.Contains($"{length} bytes where 10 values of float32", Refused().Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_storage_that_claims_to_be_huge_takes_no_memory()
    {
        var state = new PickleDict();
        state.Add("w", new TensorReference("FloatStorage", "0", 1L << 60, 0, [1L << 60], [1]));
        CheckpointFileTests.WriteArchive(NewPath(), state, new byte[16]);
        Refused();
    }

    [Fact]
    public void A_missing_record_is_refused()
    {
        var state = new PickleDict();
        state.Add("w", new TensorReference("FloatStorage", "../../secret", 4, 0, [4], [1]));
        CheckpointFileTests.WriteArchive(NewPath(), state, new byte[16]);
        Assert.Contains("no record '../../secret'", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_views_of_one_storage_are_refused_when_they_exceed_the_file()
    {
        var state = new PickleDict();
        for (var i = 0; i < 2_000; i++) state.Add($"w{i}", new TensorReference("FloatStorage", "0", 100_000, i, [50_000, 1], [1, 1]));
        CheckpointFileTests.WriteArchive(NewPath(), state, new byte[400_000]);
        Assert.Contains("views", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_with_two_dots_is_refused()
    {
        using (var zip = ZipFile.Open(NewPath(), ZipArchiveMode.Create)) zip.CreateEntry("p/../../data.pkl");
        Refused();
    }

    [Fact]
    public void Every_cut_of_a_checkpoint_is_refused()
    {
        CheckpointFile.Write(NewPath(), SampleCheckpoint.Make(size: 4));
        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length < whole.Length; length += 61)
        {
            File.WriteAllBytes(Path, whole[..length]);
            Refused();
        }
    }

    [Fact]
    public void Every_flipped_byte_of_a_tensor_is_found()
    {
        CheckpointFile.Write(NewPath(), SampleCheckpoint.Make(size: 4));
        var whole = File.ReadAllBytes(Path);
        int start, length;
        using (var archive = TorchArchive.Open(Path))
            (start, length) = ((int)archive.Entries.Single(e => e.Name.EndsWith("data/0", StringComparison.Ordinal)).HeaderOffset + 128, 200);
        for (var at = start; at < start + length; at += 7)
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 0x10;
            File.WriteAllBytes(Path, bytes);
            Refused();
        }
    }

    [Fact]
    public void A_file_that_is_no_checkpoint_is_named()
    {
        File.WriteAllText(NewPath(), "not a zip at all, but longer than the end record of one");
        Assert.StartsWith(Path, Refused().Message, StringComparison.Ordinal);
        CheckpointFileTests.WriteArchive(NewPath(), new List<object?> { 1L });
        Assert.Contains("does not hold a dict", Refused().Message, StringComparison.Ordinal);
        var other = new PickleDict();
        other.Add("epoch", 3L);
        CheckpointFileTests.WriteArchive(NewPath(), other);
        Assert.Contains("network_weights", Refused().Message, StringComparison.Ordinal);
    }

    private string Path => _folder.File("checkpoint_final.pth");

    private string NewPath()
    {
        File.Delete(Path);
        return Path;
    }

    private void WriteRaw(byte[] pickle)
    {
        using var zip = ZipFile.Open(NewPath(), ZipArchiveMode.Create);
        using var stream = zip.CreateEntry("p/data.pkl").Open();
        stream.Write(pickle);
    }

    private DataException Refused()
    {
        var (before, begun) = (GC.GetAllocatedBytesForCurrentThread(), ThreadTime.Seconds);
        _ = Assert.Throws<DataException>(() => CheckpointFile.Read(Path));
        var error = Assert.Throws<DataException>(() => CheckpointFile.ReadWeights(Path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 26);
        Assert.InRange(ThreadTime.Seconds - begun, 0, 5);
        return error;
    }
}
