using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Fingerprinting;

public class FingerprintExtractorTests
{
    private static readonly SimpleItkReaderWriter Reader = new();
    private static readonly ImageGeometry Unit = new([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    [Theory]
    [InlineData(1, 100_000_000)]
    [InlineData(230, 434_782)]
    [InlineData(260, 384_615)]
    public void A_hundred_million_samples_are_shared_by_all_cases(int cases, int samples) => Assert.Equal(samples, FingerprintExtractor.SamplesPerCase(cases));

    [SharedFact("golden/a_dataset904")]
    public void Twenty_hippocampus_cases_give_nnUNets_fingerprint()
    {
        var cases = Raw("Dataset004_Hippocampus").Cases.Take(20).ToArray();
        var (expected, found) = (Golden("a_dataset904"), Extract(cases));
        CompareGeometryAndOrderStatistics(expected, found);
        Near(expected.Intensities[0].Mean, found.Intensities[0].Mean, 1e-6);
        Near(expected.Intensities[0].Std, found.Intensities[0].Std, 1e-6);
    }

    [SharedFact("golden/a_dataset004")]
    public void All_hippocampus_cases_give_nnUNets_fingerprint() => CheckWhole("a_dataset004", "Dataset004_Hippocampus");

    [SharedFact("golden/a_dataset132")]
    [Trait("Category", "Long")]
    public void Channels_go_on_with_the_same_draws() => CheckWhole("a_dataset132", "Dataset132_BraTS2ch");

    private static void CheckWhole(string golden, string set)
    {
        var cases = Raw(set).Cases;
        var (expected, found) = (Golden(golden), Extract(cases));
        CompareGeometryAndOrderStatistics(expected, found);
        for (var channel = 0; channel < found.Intensities.Count; channel++)
        {
            Near(expected.Intensities[channel].Mean, found.Intensities[channel].Mean, 1e-6);
            Near(expected.Intensities[channel].Std, found.Intensities[channel].Std, 1e-6);
        }
    }

    // Draws of all cases in their order, summed as numpy sums them in one go; a case without foreground makes it float64.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Statistics_are_those_of_the_draws_with_their_repetitions(bool oneIsEmpty)
    {
        const int Samples = 20_000;
        float[][] foregrounds = [[1.25f, 2, 700], oneIsEmpty ? [] : [3.5f], [.. Enumerable.Range(0, 30_000).Select(i => i / 7f)]];
        var cases = foregrounds.Select((values, i) => new CaseMeasurement(new CaseId($"c{i}"), new(4, 4, 4 + i), new(1, 1, 1), 0.5 + (0.1 * i),
            [SampledIntensities.Draw(values, Samples, (long)i * Samples, new MersenneTwister(1234))])).ToArray();
        var all = foregrounds.SelectMany(values =>
        {
            var twister = new MersenneTwister(1234);
            return values.Length == 0 ? [] : Enumerable.Range(0, Samples).Select(_ => values[twister.Bounded(values.Length - 1)]).ToArray();
        }).ToArray();

        var fingerprint = FingerprintExtractor.Aggregate(cases);

        var found = fingerprint.Intensities.Single();
        var mean = all.Average(v => (double)v);
        var std = Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
        var (numpyMean, numpyStd) = NumpySingle.Of(all);
        Near(oneIsEmpty ? mean : numpyMean, found.Mean, oneIsEmpty ? 1e-12 : 0);
        Near(oneIsEmpty ? std : numpyStd, found.Std, oneIsEmpty ? 1e-12 : 0);
        Near(mean, found.Mean, 1e-5);
        Near(std, found.Std, 1e-5);
        Array.Sort(all);
        Assert.Equal((all[0], all[^1]), ((float)found.Min, (float)found.Max));
        Near((all[(all.Length / 2) - 1] + (double)all[all.Length / 2]) / 2, found.Median, 1e-12);
        Assert.Equal(0.6, fingerprint.MedianRelativeSizeAfterCropping, 12);
        Assert.Equal([4, 5, 6], fingerprint.ShapesAfterCrop.Select(s => s.X));
    }

    [Fact]
    public void Foreground_counts_only_inside_the_non_zero_box_and_a_single_voxel_takes_all_draws()
    {
        using var folder = new TemporaryFolder();
        var (shape, image, label) = (new VolumeShape(3, 4, 5), new float[60], new ushort[60]);
        (image[21], image[22], image[27]) = (7, 9, 9);
        (label[22], label[59]) = (1, 1);
        var measured = FingerprintExtractor.Measure(Case(folder, image, label, shape), 0, Reader, Labels(), 1000);

        Assert.Equal(new VolumeShape(1, 2, 2), measured.ShapeAfterCrop);
        Assert.Equal(4 / 60.0, measured.RelativeSizeAfterCropping, 12);
        Assert.Equal([9f], measured.Channels.Single().Values);
        Assert.Equal([1000], measured.Channels.Single().Counts);
    }

    [Fact]
    public void An_undeclared_label_is_one_clear_error()
    {
        using var folder = new TemporaryFolder();
        var (shape, image, label) = (new VolumeShape(2, 2, 2), new float[8], new ushort[8]);
        image.AsSpan().Fill(1);
        label[5] = 4;
        var error = Assert.Throws<DataException>(() => FingerprintExtractor.Measure(Case(folder, image, label, shape), 0, Reader, Labels(), 10));
        Assert.Contains("label.nii.gz", error.Message);
        Assert.Contains("label 4", error.Message);
        Assert.Contains("(1, 0, 1)", error.Message);
        Assert.Contains("0, 1", error.Message);
    }

    [Fact]
    public void A_data_set_without_any_foreground_is_one_clear_error()
    {
        var empty = new CaseMeasurement(new CaseId("a"), new(1, 1, 1), new(1, 1, 1), 1, [SampledIntensities.Draw([], 10, 0, new MersenneTwister(1))]);
        Assert.Contains("foreground", Assert.Throws<DataException>(() => FingerprintExtractor.Aggregate([empty])).Message);
        Assert.Throws<DataException>(() => FingerprintExtractor.Aggregate([]));
    }

    [SharedFact("golden/a_dataset904")]
    public void A_fingerprint_is_saved_as_nnUNet_saves_it()
    {
        using var folder = new TemporaryFolder();
        var original = TestPaths.SharedPath("golden", "a_dataset904", "dataset_fingerprint.json");
        DatasetFingerprint.Load(original).Save(folder.File("again.json"));
        Assert.Equal(File.ReadAllText(original), File.ReadAllText(folder.File("again.json")));
    }

    [Theory]
    [InlineData("""{"spacings": [[1, 1, 1]]}""", "shapes_after_crop")]
    [InlineData("""{"shapes_after_crop": [[1, 1]], "spacings": [[1, 1, 1]]}""", "shapes_after_crop")]
    [InlineData("""{"shapes_after_crop": [[1, 1, 1.5]], "spacings": [[1, 1, 1]]}""", "shapes_after_crop")]
    [InlineData("""{"shapes_after_crop": [[1, 1, 1]], "spacings": [[1, 0, 1]]}""", "spacings")]
    [InlineData("""{"shapes_after_crop": [[1, 1, 1]], "spacings": []}""", "spacings")]
    [InlineData("""{"shapes_after_crop": [[1, 1, 1]], "spacings": [[1, 1, 1]]}""", "median_relative_size_after_cropping")]
    [InlineData("""{"shapes_after_crop": [[1, 1, 1]], "spacings": [[1, 1, NaN]]}""", "spacings")]
    [InlineData("""{"shapes_after_crop": [[1, 1, 1]], "spacings": [[1, 1, 1]], "median_relative_size_after_cropping": 0}""", "median_relative_size_after_cropping")]
    [InlineData("""{"shapes_after_crop": [[1, 1, 1]], "spacings": [[1, 1, 1]], "median_relative_size_after_cropping": 1, "foreground_intensity_properties_per_channel": {}}""", "foreground_intensity")]
    public void A_broken_fingerprint_is_one_clear_error(string text, string key)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("dataset_fingerprint.json"), text);
        Assert.Contains(key, Assert.Throws<DataException>(() => DatasetFingerprint.Load(folder.File("dataset_fingerprint.json"))).Message);
    }

    private static RawDataset Raw(string set) => RawDataset.Open(TestPaths.SharedPath("data", "nnUNet_raw", set));

    private static DatasetFingerprint Golden(string set) => DatasetFingerprint.Load(TestPaths.SharedPath("golden", set, "dataset_fingerprint.json"));

    private static DatasetFingerprint Extract(IReadOnlyList<RawCase> cases)
    {
        var labels = LabelSet.Parse(NnUnetJson.Parse("""{"labels": {"background": 0, "a": 1, "b": 2, "c": 3, "d": 4}}""", "d").AsObject(), "d");
        var samples = FingerprintExtractor.SamplesPerCase(cases.Count);
        return FingerprintExtractor.Aggregate([.. cases.Select((c, i) => FingerprintExtractor.Measure(c, i, Reader, labels, samples))]);
    }

    private static void CompareGeometryAndOrderStatistics(DatasetFingerprint expected, DatasetFingerprint found)
    {
        Assert.Equal(expected.ShapesAfterCrop, found.ShapesAfterCrop);
        Assert.Equal(expected.Spacings, found.Spacings);
        Near(expected.MedianRelativeSizeAfterCropping, found.MedianRelativeSizeAfterCropping, 1e-12);
        Assert.Equal(expected.Intensities.Count, found.Intensities.Count);
        foreach (var (a, b) in expected.Intensities.Zip(found.Intensities))
        {
            Assert.Equal((a.Min, a.Max), (b.Min, b.Max));
            Near(a.Median, b.Median, 1e-12);
            Near(a.Percentile005, b.Percentile005, 1e-12);
            Near(a.Percentile995, b.Percentile995, 1e-12);
        }
    }

    private static void Near(double expected, double found, double relative) =>
        Assert.True(Math.Abs(expected - found) <= relative * Math.Max(Math.Abs(expected), 1e-12), $"{expected} expected, {found} found");

    private static RawCase Case(TemporaryFolder folder, float[] image, ushort[] label, VolumeShape shape)
    {
        Reader.WriteImage(folder.File("image.nii.gz"), image, shape, Unit);
        Reader.WriteLabels(folder.File("label.nii.gz"), label, shape, Unit);
        return new RawCase(new CaseId("a"), [folder.File("image.nii.gz")], folder.File("label.nii.gz"));
    }

    private static LabelSet Labels() => LabelSet.Parse(NnUnetJson.Parse("""{"labels": {"background": 0, "a": 1}}""", "d").AsObject(), "d");
}
