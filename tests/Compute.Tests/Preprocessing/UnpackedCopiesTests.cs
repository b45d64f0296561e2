using System.IO.Compression;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Tests.Preprocessing;

/// <summary>nnU-Net's own compressed cases are used through copies beside them.</summary>
public sealed class UnpackedCopiesTests : IDisposable
{
    private readonly RawCases _raw = new(1);

    public UnpackedCopiesTests()
    {
        _raw.Builder().Build(_raw.First, CancellationToken.None);
        Expected = new CaseStore(_raw.Folder()).Load(_raw.First);
        Compress();
    }

    private PreprocessedCase Expected { get; }

    public void Dispose() => _raw.Dispose();

    [Fact]
    public void They_are_unpacked_once_under_nnunets_names()
    {
        Check();
        var times = Copies().Select(File.GetLastWriteTimeUtc).ToArray();
        Check();
        Assert.Equal(times, Copies().Select(File.GetLastWriteTimeUtc));
    }

    [Fact]
    public void A_copy_that_is_damaged_or_of_another_case_is_made_anew()
    {
        Check();
        foreach (var copy in Copies())
        {
            var whole = File.ReadAllBytes(copy);
            foreach (var damaged in (byte[][])[[.. whole[..^7]], [.. whole.Select((b, i) => i == whole.Length / 2 ? (byte)(b ^ 1) : b)], []])
            {
                File.WriteAllBytes(copy, damaged);
                Check();
                Assert.Equal(whole, File.ReadAllBytes(copy));
            }
        }
    }

    [Fact]
    public void A_copy_without_its_npz_is_used_as_it_is()
    {
        Check();
        File.Delete(Path.Combine(_raw.Folder(), $"{_raw.First}.npz"));
        Check();
    }

    [Fact]
    public void Where_no_copy_can_be_made_the_case_is_read_into_memory()
    {
        foreach (var copy in Copies()) Directory.CreateDirectory(copy);
        Check();
    }

    private string[] Copies() => [Path.Combine(_raw.Folder(), $"{_raw.First}.npy"), Path.Combine(_raw.Folder(), $"{_raw.First}_seg.npy")];

    private void Check()
    {
        var found = new CaseStore(_raw.Folder()).Load(_raw.First);
        Assert.Equal(Expected.Data.Data, found.Data.Data);
        Assert.Equal(Expected.Labels!.Data, found.Labels!.Data);
    }

    // As numpy's savez_compressed has it; the properties stay, whose checksums are those of the content.
    private void Compress()
    {
        var path = Path.Combine(_raw.Folder(), $"{_raw.First}.npz");
        var members = new Dictionary<string, byte[]>();
        using (var stored = ZipFile.OpenRead(path))
            foreach (var entry in stored.Entries)
            {
                using var bytes = new MemoryStream();
                using (var stream = entry.Open()) stream.CopyTo(bytes);
                members.Add(entry.Name, bytes.ToArray());
            }

        File.Delete(path);
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, content) in members)
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            stream.Write(content);
        }
    }
}
