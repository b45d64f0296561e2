using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Broken and lying files: one clear error each, and nothing allocated on their word.</summary>
public class HostileImagesTests
{
    private static readonly SimpleItkReaderWriter Reader = new();

    [SharedTheory("data/formats/invalid")]
    [InlineData("invalid/crash-1.nii")]
    [InlineData("invalid/not-nifti.nii")]
    [InlineData("nibabel/tests_data/example_nifti2.nii.gz")]
    [InlineData("nibabel/tests_data/row_major.dconn.nii")]
    [InlineData("nibabel/tests_data/nifti1.hdr")]
    [InlineData("nibabel/tests_data/test.mgz")]
    public void Files_that_are_not_NIfTI1_images_are_refused(string name) => Refused(TestPaths.SharedPath("data", "formats", name));

    [Fact]
    public void A_missing_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("is not there", Refused(folder.File("none.nii.gz")));
        Assert.Contains("is not there", Refused(folder.File("nowhere", "none.nii.gz")));
        Refused(Directory.CreateDirectory(folder.File("folder.nii.gz")).FullName);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(200)]
    [InlineData(2000)]
    public void A_truncated_gzip_is_refused(int kept)
    {
        using var folder = new TemporaryFolder();
        var data = new byte[20 * 20 * 20];
        new Random(1).NextBytes(data);
        var file = new NiftiBuilder(false, 2, 8, 20, 20, 20).Save(folder.File("a.nii.gz"), data);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..kept]);
        Refused(file);
    }

    [Fact]
    public void A_gzip_with_a_flipped_bit_is_refused_by_its_checksum()
    {
        using var folder = new TemporaryFolder();
        var data = new byte[8000];
        new Random(2).NextBytes(data);
        var file = new NiftiBuilder(false, 2, 8, 20, 20, 20).Save(folder.File("a.nii.gz"), data);
        var bytes = File.ReadAllBytes(file);
        bytes[4000] ^= 16;
        File.WriteAllBytes(file, bytes);
        Refused(file);
    }

    [Fact]
    public void What_is_not_gzip_behind_a_gz_name_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.nii.gz"), new string('x', 1000));
        Refused(folder.File("a.nii.gz"));
    }

    [Theory]
    [InlineData("a.nii", 30000, 30000, 30000)]
    [InlineData("a.nii.gz", 32767, 32767, 32767)]
    [InlineData("a.nii.gz", 2000, 2000, 2000)]
    [InlineData("a.nii", 11, 10, 10)]
    public void A_header_that_claims_more_than_the_file_holds_is_refused_before_allocation(string name, short x, short y, short z)
    {
        using var folder = new TemporaryFolder();
        var file = new NiftiBuilder(false, 64, 64, x, y, z).Save(folder.File(name), new byte[1000]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("too short", Refused(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(42, 0)]
    [InlineData(42, -4)]
    [InlineData(70, 0)]
    [InlineData(70, 1)]
    [InlineData(70, 32)]
    [InlineData(70, 128)]
    [InlineData(70, 9999)]
    [InlineData(40, 1)]
    [InlineData(68, 1007)]
    [InlineData(344, 0)]
    public void A_header_field_that_cannot_be_is_refused(int at, short value)
    {
        using var folder = new TemporaryFolder();
        var builder = new NiftiBuilder(false, 2, 8, 2, 2, 2).Short(at, value);
        // sizeof_hdr alone is not believed either way: the magic and dim[0] decide, as in ITK's library.
        var file = builder.Save(folder.File("a.nii"), new byte[8]);
        if (at == 0) Assert.Equal(8, Reader.ReadImages([file]).Data.Data.Length);
        else Refused(file);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e9f)]
    [InlineData(3e9f)]
    public void A_voxel_offset_beyond_the_file_is_refused(float offset)
    {
        using var folder = new TemporaryFolder();
        Refused(new NiftiBuilder(false, 2, 8, 2, 2, 2).Single(108, offset).Save(folder.File("a.nii"), new byte[8]));
    }

    [Fact]
    public void Numbers_that_are_not_finite_in_the_orientation_are_refused()
    {
        using var folder = new TemporaryFolder();
        Refused(new NiftiBuilder(false, 2, 8, 2, 2, 2).SForm(1, [1, 0, 0, float.NaN, 0, 1, 0, 0, 0, 0, 1, 0]).Save(folder.File("a.nii"), new byte[8]));
    }

    [Fact]
    public void Random_headers_are_read_or_refused_and_nothing_else_happens()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var builder = new NiftiBuilder(i % 2 == 0, 2, 8, 2, 2, 2);
            for (var k = 0; k < 4; k++) builder.Header[random.Next(builder.Header.Length)] = (byte)random.Next(256);
            var file = builder.Save(folder.File("a.nii"), new byte[8]);
            if (Record.Exception(() => Reader.ReadImages([file])) is { } error) Assert.IsType<DataException>(error);
        }
    }

    [Fact]
    public void A_format_that_is_not_read_yet_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.xyz"), "1 2 3");
        Assert.Contains(".nii.gz", Refused(folder.File("a.xyz")));
        Assert.Contains("SimpleITKIO", Assert.Throws<DataException>(() => ImageReaderWriters.ByName("Tiff3DIO")).Message);
    }

    [Theory]
    [InlineData(".nii.gz", null, true)]
    [InlineData(".NII.GZ", null, true)]
    [InlineData(".nii.gz", "Nonsense", true)]
    [InlineData(".xyz", "SimpleITKIO", true)]
    [InlineData(".nii", null, false)]
    [InlineData(".png", "None", false)]
    public void The_reader_follows_name_then_ending(string ending, string? reader, bool found)
    {
        var json = NnUnetJson.Parse("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 1}""", "d").AsObject();
        json["file_ending"] = ending;
        if (reader is not null) json["overwrite_image_reader_writer"] = reader;
        var parsed = DatasetJson.Parse(json, "dataset.json");
        if (found) Assert.Equal("SimpleITKIO", ImageReaderWriters.Choose(parsed, null).Name);
        else Assert.StartsWith("dataset.json: ", Assert.Throws<DataException>(() => ImageReaderWriters.Choose(parsed, null)).Message);
    }

    private static string Refused(string file)
    {
        var error = Assert.Throws<DataException>(() => Reader.ReadImages([file]));
        Assert.StartsWith(file, error.Message);
        return error.Message;
    }
}
