using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Datasets;

public sealed class DatasetIntegrityTests : IDisposable
{
    private static readonly SimpleItkReaderWriter Reader = new();
    private static readonly VolumeShape Shape = new(2, 2, 3);
    private static readonly float[] Values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.5f];
    private static readonly ushort[] Labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_found_is_told_along_with_what_is_wrong()
    {
        var found = Inspect(Case());
        Assert.Empty(found.Problems);
        Assert.Empty(found.Warnings);
        Assert.Empty(found.Noisy);
        Assert.Equal(Shape, found.Shape);
        Assert.Equal(new Spacing(3, 2, 1), found.Spacing);
        Assert.Equal([10, 20, 30], found.Geometry!.Origin);
        Assert.Equal([0, 1, 2], found.Labels);
        Assert.Equal(0, found.NaN);
    }

    [Fact]
    public void A_file_that_cannot_be_read_hides_neither_the_others_nor_becomes_a_wrong_number_of_channels()
    {
        var c = Case();
        File.WriteAllText(c.Images[1], "no image");
        Reader.WriteLabels(c.Label!, [7, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], Shape, Geometry());
        var found = Inspect(c);
        Assert.Equal(2, found.Problems.Count);
        Assert.Contains("case_0001", found.Problems[0]);
        Assert.Contains("label 7", found.Problems[1]);
        Assert.Equal([0, 1, 2, 7], found.Labels);
    }

    [Fact]
    public void Channels_are_compared_with_the_first_one()
    {
        var c = Case();
        Reader.WriteImage(c.Images[1], Values, Shape, Geometry(origin: 11));
        Assert.Contains("by up to 1 mm", Assert.Single(Inspect(c).Warnings));
        Reader.WriteImage(c.Images[1], Values, Shape, Geometry(spacing: 1.5));
        Assert.Contains("the channel's spacing (3, 2, 1.5)", Assert.Single(Inspect(c).Problems));
        Reader.WriteImage(c.Images[1], Values, new VolumeShape(1, 4, 3), Geometry());
        Assert.Contains("1x4x3", Assert.Single(Inspect(c).Problems));
    }

    [Fact]
    public void Not_a_number_is_counted_in_images_and_label_map()
    {
        var reader = new FakeReader(Reader) { Change = (file, data) => data[0] = file.Contains("_000", StringComparison.Ordinal) ? float.NaN : data[0] };
        var found = DatasetIntegrity.Inspect(Case(), reader, Json());
        Assert.Equal(2, found.NaN);
        Assert.Contains("channel 1 holds 1 voxels", found.Problems[1]);

        reader = new FakeReader(Reader) { Change = (file, data) => data[0] = file.Contains("_000", StringComparison.Ordinal) ? data[0] : float.NaN };
        Assert.Contains("not a number", Assert.Single(DatasetIntegrity.Inspect(Case(), reader, Json()).Problems));
    }

    [Theory]
    [InlineData(10.0002, 1, 1)] // origin in mm: tolerance 1e-4 there
    [InlineData(10, 1.0005, 1)] // spacing
    [InlineData(10, 1, 0.9995)] // a direction not quite straight
    public void Noise_is_told_from_what_is_real_and_taken_away(double origin, double spacing, double cosine)
    {
        var c = Case();
        var before = Geometry(origin, spacing, cosine);
        Reader.WriteLabels(c.Label!, Labels, Shape, before);
        Reader.WriteImage(c.Images[1], Values, Shape, before);
        var found = Inspect(c);
        Assert.Equal([c.Images[1], c.Label!], found.Noisy);

        Assert.Null(GeometryRepair.Apply(c.Label!, isLabel: true, found.Geometry!, Reader));
        Assert.Null(GeometryRepair.Apply(c.Images[1], isLabel: false, found.Geometry!, Reader));
        Assert.Empty(Inspect(c).Noisy);
        Assert.Empty(Inspect(c).Problems);
        Assert.Empty(Inspect(c).Warnings);
        Assert.Equal(Labels, Array.ConvertAll(Reader.ReadLabels(c.Label!).Data.Data, v => (ushort)v));
        Assert.Equal(Values, Reader.ReadImages([c.Images[1]]).Data.Data);
        Assert.Equal(3, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void A_channel_keeps_the_type_of_its_numbers()
    {
        var c = Case();
        short[] numbers = [.. Enumerable.Range(0, (int)Shape.Voxels).Select(i => (short)((i * 31) - 50))];
        ImageFormats.Write<short>(c.Images[1], numbers, ImageHeader.Scalar(VoxelType.Int16, Shape, Geometry(10.0002, 1, 1)));
        Assert.Null(GeometryRepair.Apply(c.Images[1], isLabel: false, Inspect(c).Geometry!, Reader));
        using var repaired = ImageFormats.Open(c.Images[1]);
        Assert.Equal(VoxelType.Int16, repaired.Header.Type);
        Assert.Equal(numbers, repaired.ReadArray<short>());
        Assert.Empty(Inspect(c).Noisy);
    }

    [Theory]
    [InlineData(10.01, 1)]
    [InlineData(10, 1.01)]
    public void More_than_noise_is_never_touched(double origin, double spacing)
    {
        var c = Case();
        Reader.WriteLabels(c.Label!, Labels, Shape, Geometry(origin, spacing));
        var bytes = File.ReadAllBytes(c.Label!);
        Assert.Empty(Inspect(c).Noisy);
        Assert.Contains("more than noise", GeometryRepair.Apply(c.Label!, isLabel: true, Geometry(), Reader));
        Assert.Equal(bytes, File.ReadAllBytes(c.Label!));
    }

    [Fact]
    public void A_copy_that_does_not_read_back_as_it_was_never_takes_the_files_place()
    {
        var c = Case();
        Reader.WriteLabels(c.Label!, Labels, Shape, Geometry(10.0005));
        var bytes = File.ReadAllBytes(c.Label!);
        var reader = new FakeReader(Reader) { Change = (file, data) => data[3] += file.Contains(".fix-", StringComparison.Ordinal) ? 1 : 0 };
        Assert.Contains("do not survive", GeometryRepair.Apply(c.Label!, isLabel: true, Geometry(), reader));
        Assert.Equal(bytes, File.ReadAllBytes(c.Label!));
        Assert.Equal(3, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void Values_of_a_label_map_are_listed_once_ascending_whatever_they_are()
    {
        var (values, nan) = LabelScan.Of([1, 0.5f, 1, float.NaN, 70000, -1]);
        Assert.Equal([-1, 0.5f, 1, 70000], values);
        Assert.Equal(1, nan);
    }

    private static CaseFindings Inspect(RawCase c) => DatasetIntegrity.Inspect(c, Reader, Json());

    private static DatasetJson Json() => DatasetJson.Parse(
        System.Text.Json.Nodes.JsonNode.Parse("""
        {"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 1, "file_ending": ".nii.gz"}
        """)!.AsObject(), "dataset.json");

    private RawCase Case()
    {
        var c = new RawCase(new CaseId("case"), [_folder.File("case_0000.nii.gz"), _folder.File("case_0001.nii.gz")], _folder.File("case.nii.gz"));
        foreach (var image in c.Images) Reader.WriteImage(image, Values, Shape, Geometry());
        Reader.WriteLabels(c.Label!, Labels, Shape, Geometry());
        return c;
    }

    private static ImageGeometry Geometry(double origin = 10, double spacing = 1, double cosine = 1)
    {
        var sine = Math.Sqrt(1 - (cosine * cosine)) is var s && s > 0 ? 0.0005 : 0;
        var c = Math.Sqrt(1 - (sine * sine));
        return new([spacing, 2, 3], [origin, 20, 30], [c, -sine, 0, sine, c, 0, 0, 0, 1]);
    }

    /// <summary>Changes voxels as they are read.</summary>
    private sealed class FakeReader(IImageReaderWriter inner) : IImageReaderWriter
    {
        public required Action<string, float[]> Change { get; init; }

        public string Name => inner.Name;

        public IReadOnlyList<string> Endings => inner.Endings;

        public CaseImage ReadImages(IReadOnlyList<string> files) => Changed(files[0], inner.ReadImages(files));

        public CaseImage ReadLabels(string file) => Changed(file, inner.ReadLabels(file));

        public (VolumeShape Shape, Spacing Spacing) ReadHeader(string file) => inner.ReadHeader(file);

        public void WriteLabels(string file, ReadOnlySpan<ushort> labels, VolumeShape shape, ImageGeometry geometry) =>
            inner.WriteLabels(file, labels, shape, geometry);

        public void WriteImage(string file, ReadOnlySpan<float> values, VolumeShape shape, ImageGeometry geometry) =>
            inner.WriteImage(file, values, shape, geometry);

        private CaseImage Changed(string file, CaseImage image)
        {
            Change(file, image.Data.Data);
            return image;
        }
    }
}
