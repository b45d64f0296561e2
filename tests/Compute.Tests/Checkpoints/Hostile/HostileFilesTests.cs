using System.Diagnostics;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;
using Xunit.Abstractions;

namespace ActorSeg.Compute.Tests.Checkpoints.Hostile;

/// <summary>Each file is refused by each reader of checkpoints, with a short sentence that names the file, and within memory that its length justifies.</summary>
public sealed class HostileFilesTests(ITestOutputHelper output) : IDisposable
{
    // The pickle machine may spend a multiple of its input; 10 million opcodes of hand-made bombs are the worst.
    private const long Fixed = 16 << 20, PerByte = 40;

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("checkpoint_final.pth");

    public static TheoryData<string> Pickles() => new(HostilePickles.All().Select(p => p.Name));

    public static TheoryData<string> Archives() => new(HostileArchives.All().Select(p => p.Name));

    public static TheoryData<string> Dicts() => new(HostileArchives.Dicts().Select(p => p.Name));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pickles))]
    public void A_pickle_made_to_do_harm_is_refused(string name)
    {
        var (_, says, pickle) = HostilePickles.All().Single(p => p.Name == name);
        Refused(says, HostileArchives.Archive(pickle()));
    }

    [Theory]
    [MemberData(nameof(Archives))]
    public void An_archive_made_to_do_harm_is_refused(string name)
    {
        var (_, says, file) = HostileArchives.All().Single(p => p.Name == name);
        Refused(says, file());
    }

    [Theory]
    [MemberData(nameof(Dicts))]
    public void A_dict_that_makes_no_sense_is_refused(string name)
    {
        var (_, says, file) = HostileArchives.Dicts().Single(p => p.Name == name);
        File.WriteAllBytes(Path, file());
        Assert.True(RefusedBy(() => CheckpointFile.Read(Path), says));
        Assert.Single(CheckpointFile.ReadWeights(Path).Weights);
    }

    [Fact]
    public void There_are_a_hundred_of_them_and_no_name_twice()
    {
        string[] names = [.. HostilePickles.All().Select(p => p.Name), .. HostileArchives.All().Select(a => a.Name), .. HostileArchives.Dicts().Select(d => d.Name)];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.InRange(names.Length, 100, 1_000);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => CheckpointFile.Read(Path)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path);
        Assert.Contains("cannot be read", Assert.Throws<DataException>(() => CheckpointFile.Read(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_equal_records_under_very_many_names_are_compared_once()
    {
        var state = new PickleDict();
        for (var i = 0; i < 20_000; i++)
            state.Add($"x.all_modules.{i + 1}.weight", new TensorReference("FloatStorage", i % 2 == 0 ? "0" : "1", 1 << 20, 0, [1 << 20], [1]));
        File.WriteAllBytes(Path, HostileArchives.Archive(Pickle.Write(state), new byte[1 << 22], new byte[1 << 22]));
        Assert.Equal(20_000, CheckpointFile.ReadWeights(Path).StateNames.Count);
    }

    [SharedTheory("golden/l_run/model2d/fold_0/checkpoint_final.pth")]
    [InlineData("golden/l_run/model2d/fold_0/checkpoint_final.pth")]
    [InlineData("golden/l_run/full/2d_checkpoint_final.pth")]
    public void A_real_checkpoint_cut_at_any_4_kib_is_refused(string file)
    {
        File.WriteAllBytes(Path, File.ReadAllBytes(TestPaths.SharedPath(file)));
        using var stream = File.Open(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var length = stream.Length;
        var cuts = 0;
        for (var cut = (length - 1) & ~4095; cut >= 0; cut -= 4096, cuts++)
        {
            stream.SetLength(cut);
            var error = Assert.Throws<DataException>(() => CheckpointFile.Read(Path));
            Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        }

        output.WriteLine($"{cuts} cuts of {length} bytes");
    }

    private void Refused(string says, byte[] file)
    {
        File.WriteAllBytes(Path, file);
        Action[] readers = [() => CheckpointFile.Read(Path), () => CheckpointFile.ReadWeights(Path), () => CheckpointFile.Describe(Path)];
        var said = false;
        foreach (var reader in readers) said |= RefusedBy(reader, says);
        Assert.True(said, $"no reader said '{says}'");
    }

    private bool RefusedBy(Action reader, string says)
    {
        var length = new FileInfo(Path).Length;
        var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        var error = Assert.Throws<DataException>(reader);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{length} bytes: {clock.Elapsed.TotalMilliseconds:F0} ms, {taken / 1024} KiB: {error.Message}");
        Assert.InRange(taken, 0, Fixed + (PerByte * length));
        Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length - Path.Length, 20, 500);
        Assert.DoesNotContain(error.Message, char.IsControl);
        return error.Message.Contains(says, StringComparison.Ordinal);
    }
}
