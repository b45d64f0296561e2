using System.IO.Compression;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Inference;

public sealed class EnsemblingTests : IDisposable
{
    private static readonly VolumeShape Small = new(2, 3, 4);
    private static readonly ImageGeometry Place = new([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    private static readonly LabelSet Regions = SmallNetworks.Labels(3) with
    {
        HasRegions = true,
        ForegroundClasses = [new LabelClass([1, 2, 3], true), new LabelClass([2, 3], true), new LabelClass([3], true)],
        RegionsClassOrder = [1, 2, 3],
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void averages_and_labels_are_the_references_to_the_bit()
    {
        string[] files = [TestPaths.Golden("k_eval", "ensemble", "a.npz"), TestPaths.Golden("k_eval", "ensemble", "b.npz")];
        var expected = new Npz(TestPaths.Golden("k_eval", "ensemble", "expected.npz"));
        Ensembling.MakeCase(files, SmallNetworks.Labels(2), new SimpleItkReaderWriter(), _folder.File("m.nii.gz"), ".nii.gz", saveProbabilities: true, CancellationToken.None);

        Assert.Equal(expected["avg"].Floats(), new Npz(_folder.File("m.npz"))["probabilities"].Floats());
        Assert.Equal(File.ReadAllBytes(TestPaths.Golden("k_eval", "ensemble", "a.pkl")), File.ReadAllBytes(_folder.File("m.pkl")));
        var (made, golden) = (new SimpleItkReaderWriter().ReadLabels(_folder.File("m.nii.gz")), new SimpleItkReaderWriter().ReadLabels(TestPaths.Golden("k_eval", "ensemble", "merged.nii.gz")));
        Assert.Equal(expected["seg"].Floats(), made.Data.Data);
        Assert.Equal(golden.Data.Data, made.Data.Data);
        Assert.Equal(golden.Geometry.Spacing, made.Geometry.Spacing);
        Assert.Equal(golden.Geometry.Origin, made.Geometry.Origin);
        Assert.Equal(golden.Geometry.Direction, made.Geometry.Direction);
    }

    [Theory]
    [InlineData("region_probs", "region_seg", true), InlineData("region_probs_from_logits", "region_seg_from_logits", true), InlineData("softmax_from_logits", "argmax_from_logits", false)]
    public void labels_are_decided_as_by_the_reference(string probabilities, string segmentation, bool regions)
    {
        var golden = new Npz(TestPaths.Golden("k_eval", "label_manager.npz"));
        var (values, heads) = (golden[probabilities].Floats(), golden[probabilities].Shape[0]);
        var voxels = values.Length / heads;
        var decision = new LabelDecision(regions ? Regions : SmallNetworks.Labels(2), voxels);
        foreach (var head in Enumerable.Range(0, heads))
            for (var at = 0; at < voxels; at += 7)
                decision.Add(head, at, values.AsSpan((head * voxels) + at, Math.Min(7, voxels - at)));
        Assert.Equal(golden[segmentation].Longs(), decision.Labels.Select(l => (long)l));
    }

    // The figures at hand are rounded to float16, the reference ensembled float32: labels may differ where the two largest are as good as equal, and nowhere else.
    [SharedTheory("golden/l_run"), InlineData("hippocampus_352"), InlineData("hippocampus_353")]
    public void real_predictions_ensemble_to_the_references_labels(string id)
    {
        string Of(string folder, string name) => TestPaths.SharedPath("golden", "l_run", folder, name);
        string[] files = [Of("pred_2d", $"{id}_probs_f16.npz"), Of("pred_3d", $"{id}_probs_f16.npz")];
        var (labels, _) = Ensembling.Average(files, SmallNetworks.Labels(2), _folder.File("average.npz"), CancellationToken.None);
        var (expected, average) = (LabelMap.Read(new SimpleItkReaderWriter(), Of("pred_ens", $"{id}.nii.gz")).Labels, new Npz(_folder.File("average.npz"))["probabilities"].Floats());
        var different = Enumerable.Range(0, labels.Length).Where(i => labels[i] != expected[i]).ToList();
        Assert.InRange(different.Count, 0, 3);
        Assert.All(different, i => Assert.InRange(Math.Abs(average[(labels[i] * labels.Length) + i] - average[(expected[i] * labels.Length) + i]), 0, 1.0 / 2048));
    }

    [Theory, InlineData("<f2"), InlineData("<f4"), InlineData("<f8")]
    public void every_float_type_is_read_and_the_first_of_equal_probabilities_wins(string dtype)
    {
        float[] values = [.. Enumerable.Repeat(0.25f, 24), .. Enumerable.Repeat(0.5f, 24), .. Enumerable.Repeat(0.5f, 24)];
        Write(_folder.File("p.npz"), dtype, isFortran: false, [3, 2, 3, 4], values);
        var (labels, shape) = Ensembling.Average([_folder.File("p.npz")], SmallNetworks.Labels(2), null, CancellationToken.None);
        Assert.Equal(Small, shape);
        Assert.All(labels, label => Assert.Equal(1, label));
    }

    [Fact]
    public void an_array_in_fortran_order_is_turned()
    {
        // values[head, z, y, x] = 24 head + 12 z + 4 y + x, stored first axis fastest
        var stored = (from x in Enumerable.Range(0, 4)
                      from y in Enumerable.Range(0, 3)
                      from z in Enumerable.Range(0, 2)
                      from head in Enumerable.Range(0, 2)
                      select (24f * head) + (12 * z) + (4 * y) + x).ToArray();
        Write(_folder.File("p.npz"), "<f4", isFortran: true, [2, 2, 3, 4], stored);
        using var reader = ProbabilityReader.Open(_folder.File("p.npz"));
        var values = new float[48];
        reader.Read(values.AsSpan(0, 20));
        reader.Read(values.AsSpan(20));
        Assert.Equal(Enumerable.Range(0, 48).Select(i => (float)i), values);
    }

    [Fact]
    public void numpys_own_bytes_come_out_of_the_writer()
    {
        float[] values = [.. Enumerable.Range(0, 48).Select(i => i / 48f)];
        ProbabilityWriter.Write(_folder.File("p.npz"), 2, Small, sink =>
        {
            sink(values.AsSpan(0, 5));
            sink(values.AsSpan(5));
        });
        var array = new Npz(_folder.File("p.npz"))["probabilities"];
        Assert.Equal(("<f4", 48), (array.Dtype, array.Floats().Length));
        Assert.Equal([2, 2, 3, 4], array.Shape);
        Assert.Equal(values, array.Floats());
    }

    [Fact]
    public void what_does_not_fit_together_is_a_sentence()
    {
        Write(_folder.File("a.npz"), "<f4", false, [3, 2, 3, 4], new float[72]);
        Write(_folder.File("b.npz"), "<f4", false, [3, 2, 4, 3], new float[72]);
        Write(_folder.File("c.npz"), "<f4", false, [2, 2, 3, 4], new float[48]);
        Write(_folder.File("d.npz"), "<i4", false, [3, 2, 3, 4], new float[72]);
        Write(_folder.File("e.npz"), "<f4", false, [3, 2, 12], new float[72]);
        Write(_folder.File("n.npz"), "<f4", false, [3, 2, 3, 4], [.. Enumerable.Repeat(float.NaN, 72)]);
        Assert.Contains("2x4x3", Failure("a.npz", "b.npz"));
        Assert.Contains("2 heads", Failure("a.npz", "c.npz"));
        Assert.Contains("<i4", Failure("d.npz"));
        Assert.Contains("(3, 2, 12)", Failure("e.npz"));
        Assert.Contains("no number", Failure("n.npz"));
        Assert.Contains("does not exist", Failure("x.npz"));
    }

    [Fact]
    public void damaged_files_leave_nothing_behind()
    {
        Write(_folder.File("a.npz"), "<f4", false, [3, 2, 3, 4], [.. Enumerable.Range(0, 72).Select(i => i / 72f)]);
        var whole = File.ReadAllBytes(_folder.File("a.npz"));
        foreach (var at in Enumerable.Range(0, whole.Length / 5).Select(i => 5 * i))
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x55;
            File.WriteAllBytes(_folder.File("d.npz"), damaged);
            // Some bytes, such as a time, mean nothing: then the result is the same.
            if (Record.Exception(() => Ensembling.Average([_folder.File("d.npz")], SmallNetworks.Labels(2), _folder.File("out.npz"), CancellationToken.None)) is not { } failure)
            {
                Assert.Equal(new Npz(_folder.File("a.npz"))["probabilities"].Floats(), new Npz(_folder.File("out.npz"))["probabilities"].Floats());
                File.Delete(_folder.File("out.npz"));
                continue;
            }

            Assert.IsType<DataException>(failure);
            Assert.Equal(["a.npz", "d.npz"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
        }
    }

    [Fact]
    public void folders_are_matched_by_name_in_the_order_given()
    {
        foreach (var name in (string[])["one/b.npz", "one/a.npz", "two/a.npz", "two/b.npz", "two/c.nii.gz"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), "");
        }

        var matched = EnsembleFolders.Match([_folder.File("two"), _folder.File("one")]);
        Assert.Equal(["a", "b"], matched.Select(m => m.Case.Value));
        Assert.Equal([_folder.File("two", "a.npz"), _folder.File("one", "a.npz")], matched[0].Files);
        File.Delete(_folder.File("one", "b.npz"));
        Assert.Contains("b.npz", Assert.Throws<DataException>(() => EnsembleFolders.Match([_folder.File("two"), _folder.File("one")])).Message);
        File.Delete(_folder.File("one", "a.npz"));
        Assert.Contains("holds no .npz", Assert.Throws<DataException>(() => EnsembleFolders.Match([_folder.File("two"), _folder.File("one")])).Message);
        Assert.Contains("is not there", Assert.Throws<DataException>(() => EnsembleFolders.Match([_folder.File("three")])).Message);
    }

    [Fact]
    public void a_case_validated_by_two_folds_is_refused()
    {
        foreach (var fold in (string[])["fold_0", "fold_1"])
        {
            Directory.CreateDirectory(_folder.File("model", fold, "validation"));
            File.WriteAllText(_folder.File("model", fold, "validation", "a.npz"), "");
        }

        Assert.Single(EnsembleFolders.MatchValidation([_folder.File("model")], [1]));
        Assert.Contains("second time", Assert.Throws<DataException>(() => EnsembleFolders.MatchValidation([_folder.File("model")], [0, 1])).Message);
    }

    [Fact]
    public void without_properties_the_place_is_that_of_the_label_map()
    {
        Write(_folder.File("a.npz"), "<f4", false, [3, 2, 3, 4], new float[72]);
        string Failure() => Assert.Throws<DataException>(() => Make("a")).Message;
        Assert.Contains("a.pkl", Failure());
        new SimpleItkReaderWriter().WriteLabels(_folder.File("a.nii.gz"), new ushort[24], Small, Place with { Spacing = [3, 2, 1] });
        Make("a");
        Assert.Equal([3, 2, 1], new SimpleItkReaderWriter().ReadLabels(_folder.File("made.nii.gz")).Geometry.Spacing);

        void Make(string name) => Ensembling.MakeCase(
            [_folder.File($"{name}.npz")], SmallNetworks.Labels(2), new SimpleItkReaderWriter(), _folder.File("made.nii.gz"), ".nii.gz", false, CancellationToken.None);
    }

    private string Failure(params string[] files) => Assert.Throws<DataException>(
        () => Ensembling.Average([.. files.Select(f => _folder.File(f))], SmallNetworks.Labels(2), null, CancellationToken.None)).Message;

    private static void Write(string file, string dtype, bool isFortran, long[] shape, float[] values)
    {
        using var zip = new ZipArchive(File.Create(file), ZipArchiveMode.Create);
        using var member = zip.CreateEntry("probabilities.npy").Open();
        var header = NpyHeader.Make(dtype, shape);
        if (isFortran)
        {
            var text = System.Text.Encoding.ASCII.GetString(header, 10, header.Length - 10).Replace("'fortran_order': False", "'fortran_order': True ", StringComparison.Ordinal);
            System.Text.Encoding.ASCII.GetBytes(text).CopyTo(header, 10);
        }

        member.Write(header);
        member.Write(dtype switch
        {
            "<f2" => MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (Half)v).AsSpan()),
            "<f8" => MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (double)v).AsSpan()),
            _ => MemoryMarshal.AsBytes(values.AsSpan()),
        });
    }
}
