using System.Text.Json.Nodes;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Against what ITK read from the same files.</summary>
public class ExpectedFilesTests
{
    private static readonly SimpleItkReaderWriter Reader = new();
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, JsonObject> Indices = new();

    public static TheoryData<string> Formats() => Names("data/formats/EXPECTED.json", name => name.EndsWith(".nii") || name.EndsWith(".nii.gz"));

    public static TheoryData<string> Hippocampus() => Names("data/EXPECTED_nnUNet_raw.json", name => name.Contains("Dataset004"));

    public static TheoryData<string> OtherRawSets() => Names("data/EXPECTED_nnUNet_raw.json", name => name.EndsWith(".nii.gz") && !name.Contains("Dataset004"));

    [SharedTheory("data/formats/EXPECTED.json")]
    [MemberData(nameof(Formats))]
    public void Files_of_other_programs_are_read_as_ITK_reads_them(string name) =>
        Check(TestPaths.SharedPath("data", "formats", name), Entry("data/formats/EXPECTED.json", name));

    [SharedTheory("data/EXPECTED_nnUNet_raw.json")]
    [MemberData(nameof(Hippocampus))]
    public void Hippocampus_files_are_read_as_ITK_reads_them(string name) =>
        Check(TestPaths.SharedPath("data", name), Entry("data/EXPECTED_nnUNet_raw.json", name));

    [SharedTheory("data/EXPECTED_nnUNet_raw.json")]
    [MemberData(nameof(OtherRawSets))]
    public void Other_raw_sets_are_read_as_ITK_reads_them(string name) =>
        Check(TestPaths.SharedPath("data", name), Entry("data/EXPECTED_nnUNet_raw.json", name));

    private static void Check(string file, JsonNode expected)
    {
        // Vectors, colours and complex numbers have no single value a voxel: nnU-Net would misread them, ActorSeg refuses them.
        if (expected["error"] is not null || expected["components"]!.GetValue<int>() > 1)
        {
            var error = Assert.Throws<DataException>(() => Reader.ReadImages([file]));
            Assert.StartsWith(file, error.Message);
            return;
        }

        var image = Reader.ReadImages([file]);
        var size = Numbers(expected["size"]!);
        var axes = Math.Min(size.Length, 3);
        double[] shape = [image.Data.Channels, image.Data.Shape.Z, image.Data.Shape.Y, image.Data.Shape.X];
        Assert.Equal([size.Length > 3 ? size[3] : 1, size.Length > 2 ? size[2] : 1, size[1], size[0]], shape);
        Near(Numbers(expected["spacing"]!)[..axes], image.Geometry.Spacing, 1e-5);
        Near(Numbers(expected["origin"]!)[..axes], image.Geometry.Origin, 1e-5);
        var direction = Numbers(expected["direction"]!);
        Near([.. Enumerable.Range(0, axes * axes).Select(i => direction[(i / axes * size.Length) + (i % axes)])], image.Geometry.Direction, 1e-5);
        Near(Numbers(expected["spacing"]!)[..axes].Reverse().ToArray(), image.Spacing.ToArray()[(3 - axes)..], 1e-5);
        Assert.Equal((image.Data.Shape, image.Spacing), Reader.ReadHeader(file));

        Near([expected["min"]!.GetValue<double>(), expected["max"]!.GetValue<double>()], [image.Data.Data.Min(), image.Data.Data.Max()], 1e-6);
        Near([expected["mean"]!.GetValue<double>()], [image.Data.Data.Average(v => (double)v)], 1e-6);
        foreach (var sample in expected["samples"]!.AsArray())
        {
            var at = Numbers(sample!["index"]!);
            var (x, y, z, t) = ((int)at[0], (int)at[1], at.Length > 2 ? (int)at[2] : 0, at.Length > 3 ? (int)at[3] : 0);
            var found = image.Data.Channel(t)[(((z * image.Data.Shape.Y) + y) * image.Data.Shape.X) + x];
            Near([sample["value"]!.GetValue<double>()], [found], 1e-6);
        }
    }

    private static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> found, double relative)
    {
        Assert.Equal(expected.Count, found.Count);
        foreach (var (wanted, value) in expected.Zip(found))
            Assert.True(Math.Abs(wanted - value) <= relative * (1 + Math.Abs(wanted)), $"{wanted} expected, {value} found");
    }

    private static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(n => n!.GetValue<double>())];

    private static TheoryData<string> Names(string index, Func<string, bool> wanted)
    {
        var path = TestPaths.SharedPath(index);
        return File.Exists(path) ? new(JsonNode.Parse(File.ReadAllText(path))!.AsObject().Select(e => e.Key).Where(wanted)) : new("(no shared folder)");
    }

    private static JsonNode Entry(string index, string name) =>
        Indices.GetOrAdd(index, i => JsonNode.Parse(File.ReadAllText(TestPaths.SharedPath(i)))!.AsObject())[name]!["itk"]!;
}
