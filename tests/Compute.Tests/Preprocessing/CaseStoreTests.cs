using System.IO.Compression;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Preprocessing;

public sealed class CaseStoreTests : IDisposable
{
    private static readonly CaseId Id = new("case_001");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_case_comes_back_as_it_was()
    {
        var original = Case();
        CaseStore.Save(_folder.Path, Id, original);
        var store = new CaseStore(_folder.Path);
        var loaded = store.Load(Id);
        Assert.Equal([Id], store.Cases);
        Assert.Equal(original.Data.Data, loaded.Data.Data);
        Assert.Equal(original.Labels!.Data, loaded.Labels!.Data);
        AssertSame(original.Properties, loaded.Properties);
    }

    [Fact]
    public void Properties_without_class_locations_and_of_a_flat_image_come_back()
    {
        var flat = Case().Properties with { ClassLocations = null, Geometry = new ImageGeometry([0.5, 0.25], [1, 2], [0, 1, 1, 0]) };
        CaseStore.Save(_folder.Path, Id, Case() with { Properties = flat });
        AssertSame(flat, new CaseStore(_folder.Path).Load(Id).Properties);
    }

    [Fact]
    public void The_arrays_lie_uncompressed_at_multiples_of_64_where_any_numpy_reads_them()
    {
        var original = Case();
        CaseStore.Save(_folder.Path, Id, original);
        using var zip = ActorSeg.Compute.Files.ZipReader.Open(Npz);
        Assert.All(zip.Entries, e => Assert.False(e.IsDeflated));
        Assert.All(zip.Entries, e => Assert.Equal(0, zip.DataOffset(e) % 64));
        var independent = new Npz(Npz);
        Assert.Equal([2, 5, 6, 7], independent["data"].Shape);
        Assert.Equal(original.Data.Data, independent["data"].Floats());
        Assert.Equal("<i2", independent["seg"].Dtype);
        Assert.Equal(original.Labels!.Data.Select(v => (long)v), independent["seg"].Longs());
    }

    [Fact]
    public void The_properties_have_nnunets_keys_and_types()
    {
        CaseStore.Save(_folder.Path, Id, Case());
        var root = (PickleDict)Pickle.Read(File.ReadAllBytes(Pkl), Pkl)!;
        Assert.Equal(
            ["sitk_stuff", "spacing", "shape_before_cropping", "bbox_used_for_cropping", "shape_after_cropping_and_before_resampling", "class_locations",
            "actorseg_crc32"],
            root.Entries.Select(e => e.Key));
        var locations = (PickleDict)root["class_locations"]!;
        Assert.Equal(1L, locations.Entries[0].Key);
        var array = Assert.IsType<NumpyArray>(locations.Entries[0].Value);
        Assert.Equal("<i8", array.Dtype);
        Assert.Equal([2L, 4L], array.Shape);
        Assert.Equal([0, 1, 2, 3, 0, 4, 5, 6], MemoryMarshal.Cast<byte, long>(array.Bytes).ToArray());
        Assert.Empty(Assert.IsType<List<object?>>(locations.Entries[1].Value));
        Assert.Equal([1L, 2L], Assert.IsType<PickleTuple>(locations.Entries[2].Key).Items);
    }

    [Property(MaxTest = 200)]
    public void Any_box_equals_naive_indexing(sbyte z, sbyte y, sbyte x, byte depth, byte height, byte width)
    {
        var original = Case();
        CaseStore.Save(_folder.Path, Id, original);
        using var stored = new CaseStore(_folder.Path).Open(Id);
        var low = new VolumeShape(z % 12, y % 12, x % 12);
        var box = new Box(low, new(low.Z + (depth % 13), low.Y + (height % 13), low.X + (width % 13)));
        var image = new float[2 * box.Shape.Voxels];
        var labels = new short[box.Shape.Voxels];
        stored.ReadImage(box, image);
        stored.ReadLabels(box, labels);
        var at = 0;
        for (var c = 0; c < 2; c++)
            for (var i = box.Low.Z; i < box.High.Z; i++)
                for (var j = box.Low.Y; j < box.High.Y; j++)
                    for (var k = box.Low.X; k < box.High.X; k++, at++)
                    {
                        var inside = i is >= 0 and < 5 && j is >= 0 and < 6 && k is >= 0 and < 7;
                        var voxel = (((i * 6) + j) * 7) + k;
                        Assert.Equal(inside ? original.Data.Channel(c)[voxel] : 0f, image[at]);
                        if (c == 0) Assert.Equal(inside ? original.Labels!.Data[voxel] : (short)-1, labels[at]);
                    }
    }

    [Fact]
    public void A_target_of_another_size_or_a_box_turned_inside_out_is_an_argument_error()
    {
        CaseStore.Save(_folder.Path, Id, Case());
        using var stored = new CaseStore(_folder.Path).Open(Id);
        Assert.Throws<ArgumentException>(() => stored.ReadLabels(Box.Whole(new(2, 2, 2)), new short[7]));
        Assert.Throws<ArgumentException>(() => stored.ReadLabels(new Box(new(2, 2, 0), new(0, 0, 2)), new short[8]));
        Assert.Throws<ArgumentException>(() => stored.ReadLabels(new Box(new(int.MinValue, 0, 0), new(int.MaxValue, 1, 1)), new short[1]));
    }

    [Theory]
    [InlineData("data.npy")]
    [InlineData("seg.npy")]
    public void A_flipped_byte_is_found_when_the_case_is_first_touched(string member)
    {
        CaseStore.Save(_folder.Path, Id, Case());
        long at;
        using (var zip = ActorSeg.Compute.Files.ZipReader.Open(Npz)) at = zip.DataOffset(zip.Find(member)!) + 200;
        Flip(Npz, at);
        var error = Assert.Throws<DataException>(() => new CaseStore(_folder.Path).Open(Id));
        Assert.Contains("case_001", error.Message, StringComparison.Ordinal);
        Assert.Contains("checksum", error.Message, StringComparison.Ordinal);
        Assert.Contains("run preprocess again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_after_the_first_touch_is_found_once_the_file_has_changed()
    {
        CaseStore.Save(_folder.Path, Id, Case());
        var store = new CaseStore(_folder.Path);
        store.Open(Id).Dispose();
        Flip(Npz, 400);
        File.SetLastWriteTimeUtc(Npz, DateTime.UtcNow.AddSeconds(5));
        Assert.Throws<DataException>(() => store.Open(Id));
    }

    [Fact]
    public void A_file_cut_short_changed_or_removed_under_an_open_case_is_an_error_and_not_a_crash()
    {
        foreach (var harm in (Action[])[() => Cut(Npz), () => Flip(Npz, 400), () => File.Delete(Npz), () => File.SetLastWriteTimeUtc(Npz, DateTime.UnixEpoch)])
        {
            CaseStore.Save(_folder.Path, Id, Case());
            // Surely another time than that of the harm.
            File.SetLastWriteTimeUtc(Npz, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            var store = new CaseStore(_folder.Path);
            using var stored = store.Open(Id);
            stored.ReadImage(Box.Whole(new(5, 6, 7)), new float[2 * 5 * 6 * 7]);
            harm();
            var error = Assert.Throws<DataException>(() => stored.ReadLabels(Box.Whole(new(5, 6, 7)), new short[5 * 6 * 7]));
            Assert.Equal(Npz, error.File);
            CaseStore.Save(_folder.Path, Id, Case());
            AssertSame(Case(), store.Load(Id));
        }
    }

    [Fact]
    public void Cases_kept_open_cost_no_file_handles()
    {
        CaseStore.Save(_folder.Path, Id, Case());
        var store = new CaseStore(_folder.Path);
        var open = Enumerable.Range(0, 50).Select(_ => store.Open(Id)).ToList();
        // A handle of another test may be closed meanwhile: its LinkTarget is null then, where resolving it would throw.
        Assert.DoesNotContain(Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget), target => target == Npz);
        open.ForEach(stored => stored.Dispose());
    }

    [Fact]
    public void Every_cut_of_either_file_is_refused()
    {
        CaseStore.Save(_folder.Path, Id, Case());
        foreach (var file in (string[])[Npz, Pkl])
        {
            var whole = File.ReadAllBytes(file);
            for (var length = 0; length < whole.Length; length += 37)
            {
                File.WriteAllBytes(file, whole[..length]);
                Assert.Throws<DataException>(() => new CaseStore(_folder.Path).Open(Id));
            }

            File.WriteAllBytes(file, whole);
        }
    }

    [Fact]
    public void Arrays_of_another_generation_than_the_properties_are_refused()
    {
        CaseStore.Save(_folder.Path, Id, Case(seed: 1));
        var old = File.ReadAllBytes(Npz);
        CaseStore.Save(_folder.Path, Id, Case(seed: 2));
        File.WriteAllBytes(Npz, old);
        Assert.Contains("other properties", Assert.Throws<DataException>(() => new CaseStore(_folder.Path).Open(Id)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Class_locations_outside_the_volume_are_refused()
    {
        CaseStore.Save(_folder.Path, Id, Case() with { Properties = Case().Properties with { ClassLocations = new([new([1], false, [0, 0, 7])]) } });
        Assert.Throws<DataException>(() => new CaseStore(_folder.Path).Open(Id));
    }

    [Fact]
    public void A_case_counts_as_complete_only_with_its_properties()
    {
        var store = new CaseStore(_folder.Path);
        Assert.False(store.IsComplete(Id));
        CaseStore.Save(_folder.Path, Id, Case());
        Assert.True(store.IsComplete(Id));
        File.Delete(Pkl);
        Assert.False(store.IsComplete(Id));
        Assert.Empty(store.Cases);
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => store.Open(Id)).Message, StringComparison.Ordinal);
        Assert.Empty(new CaseStore(_folder.File("missing")).Cases);
    }

    [Fact]
    public void Cases_are_sorted_by_code_points()
    {
        foreach (var name in (string[])["b", "a_2", "a_10", "B"]) CaseStore.Save(_folder.Path, new(name), Case());
        Assert.Equal(["B", "a_10", "a_2", "b"], new CaseStore(_folder.Path).Cases.Select(c => c.Value));
    }

    [Fact]
    public void Unpacked_copies_of_an_older_content_are_removed()
    {
        File.WriteAllText(_folder.File("case_001.npy"), "old");
        File.WriteAllText(_folder.File("case_001_seg.npy"), "old");
        CaseStore.Save(_folder.Path, Id, Case());
        Assert.Equal([Npz, Pkl], Directory.GetFiles(_folder.Path).Order());
    }

    [Fact]
    public void Deflated_npz_and_npy_pairs_are_read_as_well()
    {
        var original = Case();
        CaseStore.Save(_folder.Path, Id, original);
        byte[] data, seg;
        using (var zip = ActorSeg.Compute.Files.ZipReader.Open(Npz))
            (data, seg) = (zip.ReadAll(zip.Find("data.npy")!, 1 << 20), zip.ReadAll(zip.Find("seg.npy")!, 1 << 20));
        File.Delete(Npz);
        File.WriteAllBytes(_folder.File("case_001.npy"), data);
        File.WriteAllBytes(_folder.File("case_001_seg.npy"), seg);
        AssertSame(original, new CaseStore(_folder.Path).Load(Id));
        File.WriteAllBytes(_folder.File("case_001_seg.npy"), seg[..^2]);
        Assert.Throws<DataException>(() => new CaseStore(_folder.Path).Load(Id));

        File.Delete(_folder.File("case_001.npy"));
        var properties = (PickleDict)Pickle.Read(File.ReadAllBytes(Pkl), Pkl)!;
        properties.Entries.RemoveAll(e => e.Key is "actorseg_crc32");
        File.WriteAllBytes(Pkl, Pickle.Write(properties));
        using (var zip = ZipFile.Open(Npz, ZipArchiveMode.Create))
            foreach (var (name, content) in new[] { ("data.npy", data), ("seg.npy", seg) })
            {
                using var stream = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                stream.Write(content);
            }

        AssertSame(original, new CaseStore(_folder.Path).Load(Id));
    }

    [SharedFact("golden/m_checkpoint/preprocessed_case/3d_fullres_hippocampus_001.npz")]
    public void A_case_with_nnunets_own_properties_is_read()
    {
        foreach (var ending in (string[])["npz", "pkl"])
            File.Copy(TestPaths.SharedPath($"golden/m_checkpoint/preprocessed_case/3d_fullres_hippocampus_001.{ending}"),
                _folder.File($"hippocampus_001.{ending}"));
        using var stored = new CaseStore(_folder.Path).Open(new("hippocampus_001"));
        Assert.Equal((1, new VolumeShape(35, 51, 35)), (stored.Channels, stored.Shape));
        Assert.Equal(Box.Whole(new(35, 51, 35)), stored.Properties.CropBox);
        Assert.Equal([-1, -1, 1], stored.Properties.Geometry.Origin);
        Assert.Equal([1324, 1624], stored.Properties.ClassLocations!.Entries.Select(e => e.Count));
        var labels = new short[35 * 51 * 35];
        stored.ReadLabels(Box.Whole(stored.Shape), labels);
        foreach (var entry in stored.Properties.ClassLocations.Entries)
            for (var i = 0; i < entry.Positions.Length; i += 3)
                Assert.Equal(entry.Labels[0], labels[(((entry.Positions[i] * 51) + entry.Positions[i + 1]) * 35) + entry.Positions[i + 2]]);
    }

    [Fact]
    public void Many_threads_read_one_case_and_see_the_same()
    {
        var original = Case();
        CaseStore.Save(_folder.Path, Id, original);
        var store = new CaseStore(_folder.Path);
        Parallel.For(0, 200, n =>
        {
            using var stored = store.Open(Id);
            var patch = new float[2 * 3 * 3 * 3];
            var low = new VolumeShape(n % 3, n % 4, n % 5);
            stored.ReadImage(new Box(low, new(low.Z + 3, low.Y + 3, low.X + 3)), patch);
            Assert.Equal(original.Data.Data[(((low.Z * 6) + low.Y) * 7) + low.X], patch[0]);
        });
    }

    [Fact]
    public void A_case_disposed_while_others_read_gives_an_error_and_not_a_crash()
    {
        CaseStore.Save(_folder.Path, Id, Case());
        var store = new CaseStore(_folder.Path);
        for (var round = 0; round < 20; round++)
        {
            var stored = store.Open(Id);
            Parallel.Invoke(Read, Read, stored.Dispose);

            void Read()
            {
                var patch = new float[2 * 5 * 6 * 7];
                try
                {
                    for (var n = 0; n < 200; n++) stored.ReadImage(Box.Whole(new(5, 6, 7)), patch);
                }
                catch (ObjectDisposedException)
                {
                }
            }
        }
    }

    [Fact]
    public void A_case_without_labels_or_with_a_name_that_is_a_path_is_an_argument_error()
    {
        Assert.Throws<ArgumentException>(() => CaseStore.Save(_folder.Path, Id, Case() with { Labels = null }));
        Assert.Throws<ArgumentException>(() => CaseStore.Save(_folder.Path, new("../x"), Case()));
    }

    private string Npz => _folder.File("case_001.npz");

    private string Pkl => _folder.File("case_001.pkl");

    private static PreprocessedCase Case(int seed = 0)
    {
        var (shape, random) = (new VolumeShape(5, 6, 7), new Random(seed));
        var (data, labels) = (new Volume<float>(2, shape), new Volume<short>(1, shape));
        for (var i = 0; i < data.Data.Length; i++) data.Data[i] = random.NextSingle();
        for (var i = 0; i < labels.Data.Length; i++) labels.Data[i] = (short)random.Next(-1, 3);
        var locations = new ClassLocations([new([1], false, [1, 2, 3, 4, 5, 6]), new([2], false, []), new([1, 2], true, [0, 0, 0])]);
        var geometry = new ImageGeometry([0.7, 0.8, 3.6], [-1, 2.5, 1e-3], [1, 0, 0, 0, -1, 0, 0, 0, 1]);
        return new(data, labels, new(new(3.6, 0.8, 0.7), geometry, new(9, 10, 11), new(new(1, 2, 3), new(6, 8, 10)), new(5, 6, 7), locations));
    }

    private static void AssertSame(PreprocessedCase expected, PreprocessedCase actual)
    {
        Assert.Equal(expected.Data.Data, actual.Data.Data);
        Assert.Equal(expected.Labels!.Data, actual.Labels!.Data);
        AssertSame(expected.Properties, actual.Properties);
    }

    private static void AssertSame(CaseProperties expected, CaseProperties actual)
    {
        Assert.Equal(
            (expected.Spacing, expected.ShapeBeforeCropping, expected.CropBox, expected.ShapeAfterCropping),
            (actual.Spacing, actual.ShapeBeforeCropping, actual.CropBox, actual.ShapeAfterCropping));
        Assert.Equal(expected.Geometry.Spacing, actual.Geometry.Spacing);
        Assert.Equal(expected.Geometry.Origin, actual.Geometry.Origin);
        Assert.Equal(expected.Geometry.Direction, actual.Geometry.Direction);
        Assert.Equal(expected.ClassLocations is null, actual.ClassLocations is null);
        foreach (var (a, b) in (expected.ClassLocations?.Entries ?? []).Zip(actual.ClassLocations?.Entries ?? []))
        {
            Assert.Equal(a.Labels, b.Labels);
            Assert.Equal(a.IsTuple, b.IsTuple);
            Assert.Equal(a.Positions, b.Positions);
        }

        Assert.Equal(expected.ClassLocations?.Entries.Count, actual.ClassLocations?.Entries.Count);
    }

    // In place, as a copy over it begins.
    private static void Cut(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(file.Length / 3);
    }

    private static void Flip(string path, long at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
