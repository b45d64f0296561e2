using System.Text.Json.Nodes;
using ActorSeg.Compute.Imaging;
using static ActorSeg.Compute.Tests.Imaging.Reference.ReferenceFiles;

namespace ActorSeg.Compute.Tests.Imaging.Reference;

/// <summary>Every file of the lists is read as ITK read it, or refused where ITK refuses it.</summary>
public class ItkReferenceTests
{
    private static readonly SimpleItkReaderWriter Reader = new();

    public static TheoryData<string> FormatFiles() => Names(Samples, (name, _) => !ReadAlthoughItkDoesNot.ContainsKey(name));

    public static TheoryData<string> FormatFilesItkCannotRead() => Names(Samples, (name, _) => ReadAlthoughItkDoesNot.ContainsKey(name));

    public static TheoryData<string> RawFiles() => Names(Raw, (_, _) => true);

    [SharedTheory(Samples)]
    [MemberData(nameof(FormatFiles))]
    public void Files_of_other_programs_are_read_as_ITK_reads_them(string name) => Check(PathOf(Samples, name), Entry(Samples, name, "itk"));

    [SharedTheory(Samples)]
    [MemberData(nameof(FormatFilesItkCannotRead))]
    public void Valid_files_that_ITK_cannot_read_are_read(string name)
    {
        Assert.NotNull(Entry(Samples, name, "itk")["error"]);
        using var source = ImageFormats.Open(PathOf(Samples, name));
        Assert.Equal(source.Header.Values, source.ReadArray<float>().Length);
    }

    [SharedFact(Samples)]
    public void A_file_packed_with_bzip2_is_read_as_its_unpacked_twin() =>
        Check(PathOf(Samples, "pynrrd/BallBinary30x30x30_bz2.nrrd"), Entry(Samples, "pynrrd/BallBinary30x30x30.nrrd", "itk"));

    [SharedFact(Samples)]
    public void An_axis_outside_of_space_that_ITK_refuses_is_dropped_when_it_has_one_entry()
    {
        using var source = ImageFormats.Open(PathOf(Samples, "pynrrd/test_simple4d_raw.nrrd"));
        Assert.Equal([1, 1, 1], source.Header.Size);
        Assert.Equal([1.5, 1.5, 1], source.Header.Spacing);
        Assert.Equal([-1, 0, 0, 0, -1, 0, 0, 0, 1], source.Header.Direction);
    }

    [SharedTheory(Raw)]
    [MemberData(nameof(RawFiles))]
    public void Files_of_raw_data_sets_are_read_as_ITK_reads_them(string name) => Check(PathOf(Raw, name), Entry(Raw, name, "itk"));

    private static void Check(string file, JsonNode expected)
    {
        if (expected["error"] is not null)
        {
            var error = Assert.Throws<DataException>(() =>
            {
                using var refused = ImageFormats.Open(file);
                refused.ReadArray<float>();
            });
            Assert.StartsWith(Path.GetDirectoryName(file)!, error.Message);
            return;
        }

        using var source = ImageFormats.Open(file);
        var header = source.Header;
        Assert.Equal(Numbers(expected["size"]!), header.Size.Select(n => (double)n));
        Assert.Equal(expected["components"]!.GetValue<int>(), header.Components);
        Assert.Equal(expected["component_type"]!.GetValue<string>(), ItkName(header.Type));
        Near(Numbers(expected["spacing"]!), header.Spacing, 1e-5, "spacing");
        Near(Numbers(expected["origin"]!), header.Origin, 1e-5, "origin");
        Near(Numbers(expected["direction"]!), header.Direction, 1e-5, "direction");
        CheckValues(expected, header.Size, source.ReadArray<double>(), header.Components);
        CheckReader(file, header);
    }

    // What nnU-Net's reader makes of it: channels, z, y, x; several numbers a voxel and lines are refused.
    private static void CheckReader(string file, ImageHeader header)
    {
        if (header.Components > 1 || header.Axes is < 2 or > 4)
        {
            Assert.StartsWith(file, Assert.Throws<DataException>(() => Reader.ReadImages([file])).Message);
            return;
        }

        var image = Reader.ReadImages([file]);
        int Extent(int axis) => axis < header.Axes ? header.Size[axis] : 1;
        Assert.Equal((Extent(3), new VolumeShape(Extent(2), Extent(1), Extent(0))), (image.Data.Channels, image.Data.Shape));
        Assert.Equal(header.Spacing.Take(3).Reverse(), image.Spacing.ToArray()[(3 - Math.Min(header.Axes, 3))..]);
        Assert.Equal((image.Data.Shape, image.Spacing), Reader.ReadHeader(file));
        using var again = ImageFormats.Open(file);
        Assert.Equal(again.ReadArray<float>(), image.Data.Data);
    }

    private static string ItkName(VoxelType type) => type switch
    {
        VoxelType.UInt8 => "unsigned_char",
        VoxelType.Int8 => "char",
        VoxelType.Int16 => "short",
        VoxelType.UInt16 => "unsigned_short",
        VoxelType.Int32 => "int",
        VoxelType.UInt32 => "unsigned_int",
        VoxelType.Int64 => "long",
        VoxelType.UInt64 => "unsigned_long",
        VoxelType.Float32 => "float",
        _ => "double",
    };
}
