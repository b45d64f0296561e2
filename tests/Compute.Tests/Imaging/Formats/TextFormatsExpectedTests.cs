using System.Text.Json.Nodes;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging.Formats;

/// <summary>NRRD and MetaImage files of other programs, against what ITK read from them.</summary>
public class TextFormatsExpectedTests
{
    private const string Index = "data/formats/EXPECTED.json";

    // Valid files that ITK does not read, and this library does.
    private const string Bzip2 = "pynrrd/BallBinary30x30x30_bz2.nrrd", FourAxes = "pynrrd/test_simple4d_raw.nrrd";

    public static TheoryData<string> Names()
    {
        var path = TestPaths.SharedPath(Index);
        string[] endings = [".nrrd", ".nhdr", ".mha", ".mhd", ".gipl"];
        return File.Exists(path)
            ? new(JsonNode.Parse(File.ReadAllText(path))!.AsObject().Select(e => e.Key).Where(name => name != FourAxes && endings.Contains(Path.GetExtension(name))))
            : new("(no shared folder)");
    }

    [SharedTheory(Index)]
    [MemberData(nameof(Names))]
    public void Files_are_read_as_ITK_reads_them(string name)
    {
        var file = TestPaths.SharedPath("data", "formats", name);
        var expected = Entry(name == Bzip2 ? "pynrrd/BallBinary30x30x30.nrrd" : name);
        if (expected["error"] is not null)
        {
            Assert.StartsWith(file, Assert.Throws<DataException>(() => Read(file)).Message);
            return;
        }

        using var source = ImageFormats.Open(file);
        var header = source.Header;
        Assert.Equal(Numbers(expected["size"]!), header.Size.Select(n => (double)n));
        Assert.Equal(expected["components"]!.GetValue<int>(), header.Components);
        Assert.Equal(expected["component_type"]!.GetValue<string>(), ItkName(header.Type));
        Near(Numbers(expected["spacing"]!), header.Spacing);
        Near(Numbers(expected["origin"]!), header.Origin);
        Near(Numbers(expected["direction"]!), header.Direction);

        var values = source.ReadArray<double>();
        Near([expected["min"]!.GetValue<double>(), expected["max"]!.GetValue<double>(), expected["mean"]!.GetValue<double>()], [values.Min(), values.Max(), values.Average()]);
        foreach (var sample in expected["samples"]!.AsArray())
        {
            var at = Numbers(sample!["index"]!);
            var position = Enumerable.Range(0, header.Axes).Reverse().Aggregate(0L, (sum, axis) => (sum * header.Size[axis]) + (long)at[axis]);
            Assert.Equal(sample["value"]!.GetValue<double>(), values[position]);
        }
    }

    [SharedFact(Index)]
    public void An_axis_outside_of_space_that_ITK_refuses_is_dropped_when_it_has_one_entry()
    {
        using var source = ImageFormats.Open(TestPaths.SharedPath("data", "formats", FourAxes));
        Assert.Equal([1, 1, 1], source.Header.Size);
        Assert.Equal([1.5, 1.5, 1], source.Header.Spacing);
        Assert.Equal([-1, 0, 0, 0, -1, 0, 0, 0, 1], source.Header.Direction);
    }

    private static void Read(string file)
    {
        using var source = ImageFormats.Open(file);
        _ = source.ReadArray<float>();
    }

    private static string ItkName(VoxelType type) => type switch
    {
        VoxelType.Int8 => "char",
        VoxelType.UInt8 => "unsigned_char",
        VoxelType.Int16 => "short",
        VoxelType.UInt16 => "unsigned_short",
        VoxelType.Int32 => "int",
        VoxelType.UInt32 => "unsigned_int",
        VoxelType.Float32 => "float",
        VoxelType.Float64 => "double",
        _ => type.ToString(),
    };

    private static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> found)
    {
        Assert.Equal(expected.Count, found.Count);
        foreach (var (wanted, value) in expected.Zip(found))
            Assert.True(Math.Abs(wanted - value) <= 1e-9 * (1 + Math.Abs(wanted)), $"{wanted} expected, {value} found");
    }

    private static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(n => n!.GetValue<double>())];

    private static JsonNode Entry(string name) => JsonNode.Parse(File.ReadAllText(TestPaths.SharedPath(Index)))!.AsObject()[name]!["itk"]!;
}
