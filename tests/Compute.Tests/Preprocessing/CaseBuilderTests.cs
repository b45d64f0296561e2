using ActorSeg.Compute.Files;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Tests.Preprocessing;

public sealed class CaseBuilderTests : IDisposable
{
    private readonly RawCases _raw = new();

    public void Dispose() => _raw.Dispose();

    [Fact]
    public void A_case_is_made_once_and_again_only_to_the_same_bytes()
    {
        Assert.True(Build());
        var made = _raw.Files();
        Assert.Equal([$"{_raw.First}.npz", $"{_raw.First}.pkl"], made.Keys);
        Assert.False(Build());
        foreach (var name in made.Keys)
        {
            File.Delete(Path.Combine(_raw.Folder(), name));
            Assert.True(Build());
            Assert.Equal(made, _raw.Files());
        }
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_its_files_has_it_made_again()
    {
        Build();
        var made = _raw.Files();
        var random = new Random(4);
        foreach (var (name, content) in made)
            for (var n = 0; n < 12; n++)
            {
                var damaged = (byte[])content.Clone();
                // Every byte of the arrays is under a checksum; a byte of the properties may be padding of a number nobody reads, its stamp is not.
                var at = name.EndsWith(".npz", StringComparison.Ordinal) ? 200 + random.Next(content.Length - 500) : content.AsSpan().LastIndexOf("actorseg_stamp"u8) + 20 + n;
                damaged[at] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(Path.Combine(_raw.Folder(), name), damaged);
                Assert.True(Build(), $"a flipped bit at {at} of {name} was not seen");
                Assert.Equal(made, _raw.Files());
            }
    }

    [Fact]
    public void Another_recipe_or_a_changed_raw_file_has_it_made_again()
    {
        Build();
        var before = _raw.Recipe().Stamp(_raw.Dataset.Cases[0]);
        File.SetLastWriteTimeUtc(_raw.Dataset.Cases[0].Label!, DateTime.UnixEpoch.AddYears(40));
        Assert.NotEqual(before, _raw.Recipe().Stamp(_raw.Dataset.Cases[0]));
        Assert.True(Build());

        var finer = _raw.Recipe() with { Configuration = _raw.Recipe().Configuration with { Spacing = [2, 2, 2] } };
        Assert.True(new CaseBuilder(_raw.Dataset, _raw.Reader, [(_raw.Folder(), finer)]).Build(_raw.First, CancellationToken.None));
        Assert.True(Build());
        Assert.False(Build());
    }

    [Fact]
    public void Several_configurations_are_made_of_one_reading_as_each_alone()
    {
        _raw.Builder("2d").Build(_raw.First, CancellationToken.None);
        _raw.Builder("3d_fullres").Build(_raw.First, CancellationToken.None);
        var (flat, full) = (_raw.Files("2d"), _raw.Files());
        foreach (var configuration in (string[])["2d", "3d_fullres"]) Directory.Delete(_raw.Folder(configuration), recursive: true);
        _raw.Builder("3d_fullres", "2d").Build(_raw.First, CancellationToken.None);
        Assert.Equal(flat, _raw.Files("2d"));
        Assert.Equal(full, _raw.Files());
    }

    [Fact]
    public async Task Of_five_at_once_one_makes_the_case_and_the_others_find_it()
    {
        using var ready = new Barrier(5);
        var made = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var builder = _raw.Builder();
                ready.SignalAndWait();
                return builder.Build(_raw.First, CancellationToken.None);
            },
            TaskCreationOptions.LongRunning)));
        Assert.Single(made, m => m);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(CaseStore.LockOf(_raw.Folder(), _raw.First))!));
    }

    [Fact]
    public void What_a_killed_writer_left_is_removed_and_its_lock_is_free()
    {
        Build();
        var made = _raw.Files();
        File.Delete(Path.Combine(_raw.Folder(), $"{_raw.First}.pkl"));
        File.WriteAllText(Path.Combine(_raw.Folder(), $"{_raw.First}.npz.tmp-0123"), "half a file");
        var left = CaseStore.LockOf(_raw.Folder(), _raw.First);
        File.WriteAllText(left, "");
        Assert.True(Build());
        Assert.Equal(made, _raw.Files());
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void Waiting_for_another_writer_ends_when_it_is_told_to()
    {
        using var held = FileLock.Acquire(CaseStore.LockOf(_raw.Folder(), _raw.First), CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var waiting = Task.Run(() => _raw.Builder().Build(_raw.First, stop.Token));
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
    }

    [Theory, InlineData("2d"), InlineData("3d_fullres")]
    public void A_case_allocates_no_more_than_its_lease(string configuration)
    {
        var (recipe, raw) = (_raw.Recipe(configuration), _raw.Dataset.Cases[0]);
        foreach (var spacing in (double[])[1, 1.7, 4])
        {
            var other = recipe with { Configuration = recipe.Configuration with { Spacing = [.. recipe.Configuration.Spacing.Select(s => s * spacing)] } };
            var (shape, mm) = _raw.Reader.ReadHeader(raw.Images[0]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            CasePreprocessor.Run(_raw.Reader.ReadImages(raw.Images), _raw.Reader.ReadLabels(raw.Label!), other, CancellationToken.None);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            // What does not grow with the image: buffers of the reader, panels and tables of the resampler.
            const long Constant = 4 << 20;
            Assert.InRange(allocated, 0, CasePreprocessor.PeakBytes(shape, mm, 1, hasLabels: true, other) + Constant);
        }
    }

    [Fact]
    public void A_damaged_case_of_a_training_is_made_again_and_told_of()
    {
        Build();
        var made = _raw.Files();
        Flip();
        var told = new List<string>();
        var store = new RepairingCaseStore(new CaseStore(_raw.Folder()), () => _raw.Builder(), told.Add);
        store.Open(_raw.First).Dispose();
        Assert.Equal(made, _raw.Files());
        Assert.Contains("made again", Assert.Single(told));
        store.Open(_raw.First).Dispose();
        Assert.Single(told);
    }

    [Fact]
    public void Where_there_are_no_raw_files_the_damage_and_what_is_missing_are_told()
    {
        Build();
        Flip();
        var store = new RepairingCaseStore(new CaseStore(_raw.Folder()), () => throw new DataException("/raw/Dataset902_Cases", "is not there", "check nnUNet_raw"), _ => { });
        var error = Assert.Throws<DataException>(() => store.Open(_raw.First));
        Assert.Contains($"{_raw.First}.npz", error.Message);
        Assert.Contains("check nnUNet_raw", error.Message);
    }

    [Fact]
    public void A_case_that_the_raw_data_set_does_not_have_is_told_of_too()
    {
        var store = new RepairingCaseStore(new CaseStore(_raw.Folder()), () => _raw.Builder(), _ => { });
        var error = Assert.Throws<DataException>(() => store.Open(new CaseId("elsewhere_001")));
        Assert.Contains("has no case 'elsewhere_001'", error.Message);
    }

    [Fact]
    public void A_folder_is_cleared_of_all_but_the_cases_of_the_data_set()
    {
        Build();
        foreach (var stray in (string[])["old.npz", "old.pkl", "case.b2nd", "case_seg.b2nd", "notes.txt"]) File.WriteAllText(Path.Combine(_raw.Folder(), stray), "");
        var written = Path.Combine(_raw.Folder(), $"{_raw.First}.npz.tmp-another-process");
        File.WriteAllText(written, "");
        Assert.True(CaseFolder.HasBlosc(_raw.Folder()));
        CaseFolder.Clear(_raw.Folder(), [.. _raw.Dataset.Cases.Select(c => c.Id)]);
        Assert.Equal([$"{_raw.First}.npz", Path.GetFileName(written), $"{_raw.First}.pkl"], _raw.Files().Keys);
    }

    private bool Build() => _raw.Builder().Build(_raw.First, CancellationToken.None);

    private void Flip()
    {
        var file = Path.Combine(_raw.Folder(), $"{_raw.First}.npz");
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
