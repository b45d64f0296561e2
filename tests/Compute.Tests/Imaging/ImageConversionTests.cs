using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Images go from format to format in type and place, and label maps become masks.</summary>
public sealed class ImageConversionTests : IDisposable
{
    private static readonly ImageGeometry Place = new([0.5, 1.5, 3], [-10, 20.25, 7], [-1, 0, 0, 0, 0, 1, 0, 1, 0]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(VoxelType.Int8)]
    [InlineData(VoxelType.UInt8)]
    [InlineData(VoxelType.Int16)]
    [InlineData(VoxelType.UInt16)]
    [InlineData(VoxelType.Int32)]
    [InlineData(VoxelType.UInt32)]
    [InlineData(VoxelType.Int64)]
    [InlineData(VoxelType.UInt64)]
    [InlineData(VoxelType.Float32)]
    [InlineData(VoxelType.Float64)]
    public void Every_type_survives_with_its_place(VoxelType type)
    {
        var header = ImageHeader.Scalar(type, new VolumeShape(2, 3, 4), Place);
        type.With(new Writing(_folder.File("a.nii.gz"), header));
        ImageConversion.Convert(_folder.File("a.nii.gz"), _folder.File("b.nii"));
        using var before = ImageFormats.Open(_folder.File("a.nii.gz"));
        using var after = ImageFormats.Open(_folder.File("b.nii"));
        Assert.Equal((type, type), (before.Header.Type, after.Header.Type));
        Assert.Equal(before.Header.Geometry.Origin, after.Header.Geometry.Origin);
        Assert.Equal(before.Header.Geometry.Direction, after.Header.Geometry.Direction);
        Assert.Equal(before.Header.Geometry.Spacing, after.Header.Geometry.Spacing);
        Assert.Equal(before.ReadArray<double>(), after.ReadArray<double>());
    }

    [Fact]
    public void Masks_have_the_names_of_the_labels_and_cover_regions()
    {
        var labels = LabelSet.Parse(NnUnetJson.Parse("""
            {"labels": {"background": 0, "whole tumour": [1, 2], "core": 2, "ignore": 3}, "regions_class_order": [1, 2]}
            """, "d").AsObject(), "dataset.json");
        LabelMap([0, 1, 2, 3, 2, 0]);
        var export = new ImageExport(_folder.File("case_7.nii.gz"), _folder.File("masks"), null, Masks: true, labels, Overwrite: false);
        var (file, target) = Assert.Single(export.Files());
        Assert.Equal(["case_7_whole_tumour.nii.gz", "case_7_core.nii.gz"], export.Do(file, target).Select(Path.GetFileName));
        Assert.Equal([0, 1, 1, 0, 1, 0], Values("masks", "case_7_whole_tumour.nii.gz"));
        Assert.Equal([0, 0, 1, 0, 1, 0], Values("masks", "case_7_core.nii.gz"));
        Assert.Contains("is there already", Assert.Throws<DataException>(() => export.Do(file, target)).Message);
    }

    [Fact]
    public void Without_names_each_value_that_occurs_gets_a_mask()
    {
        LabelMap([0, 1, 7, 7, 0, 0]);
        var export = new ImageExport(_folder.File("case_7.nii.gz"), _folder.File("masks"), ".nii", Masks: true, null, Overwrite: false);
        var (file, target) = Assert.Single(export.Files());
        Assert.Equal(["case_7_label_1.nii", "case_7_label_7.nii"], export.Do(file, target).Select(Path.GetFileName));
        Assert.Equal([0, 0, 1, 1, 0, 0], Values("masks", "case_7_label_7.nii"));
    }

    [Fact]
    public void What_is_no_label_map_has_no_masks()
    {
        new SimpleItkReaderWriter().WriteImage(_folder.File("a.nii"), [0, 1.5f], new VolumeShape(1, 1, 2), Place);
        var error = Assert.Throws<DataException>(() => ImageConversion.WriteMasks(_folder.File("a.nii"), null, name => _folder.File(name)));
        Assert.Contains("1.5", error.Message);
    }

    [Fact]
    public void Files_that_would_become_one_or_replace_others_are_refused()
    {
        LabelMap([0, 0, 0, 0, 0, 0]);
        File.Copy(_folder.File("case_7.nii.gz"), _folder.File("case_7.nii"));
        ImageExport Export(string input, string output, string? ending, bool overwrite = true) => new(_folder.File(input), _folder.File(output), ending, false, null, overwrite);
        Assert.Contains("both become", Assert.Throws<DataException>(() => Export("", "out", ".nii").Files()).Message);
        Assert.Contains("by itself", Assert.Throws<UsageException>(() => Export("case_7.nii", "case_7.nii", null).Files()).Message);
        Assert.Contains("is there already", Assert.Throws<DataException>(() => Export("case_7.nii", "case_7.nii.gz", null, overwrite: false).Files()).Message);
        Assert.Contains("new format", Assert.Throws<UsageException>(() => Export("", "out", null).Files()).Message);
        Assert.Contains(".xyz", Assert.Throws<UsageException>(() => Export("", "out", ".xyz").Files()).Message);
        Assert.Contains("is not there", Assert.Throws<DataException>(() => Export("none.nii", "out.nii", null).Files()).Message);
    }

    private void LabelMap(ushort[] labels) => new SimpleItkReaderWriter().WriteLabels(_folder.File("case_7.nii.gz"), labels, new VolumeShape(1, 2, 3), Place);

    private double[] Values(params string[] parts)
    {
        using var source = ImageFormats.Open(_folder.File(parts));
        Assert.Equal(VoxelType.UInt8, source.Header.Type);
        Assert.Equal(Place.Origin, source.Header.Geometry.Origin);
        return source.ReadArray<double>();
    }

    private sealed class Writing(string file, ImageHeader header) : IVoxelAction
    {
        public void Run<T>() where T : unmanaged, System.Numerics.INumber<T> =>
            ImageFormats.Write<T>(file, [.. Enumerable.Range(0, 24).Select(i => T.CreateTruncating((i * 11) % 120))], header);
    }
}
