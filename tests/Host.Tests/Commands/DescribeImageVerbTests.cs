using System.Text.Json.Nodes;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class DescribeImageVerbTests : IDisposable
{
    private readonly CommandLine _line = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _line.Dispose();
    }

    [Fact]
    public async Task An_image_is_told_in_file_order_with_its_values()
    {
        // x mirrored, y and z swapped: nothing is the same read the other way round.
        var geometry = new ImageGeometry([0.5, 1.5, 3], [-10, 20.25, 7], [-1, 0, 0, 0, 0, 1, 0, 1, 0]);
        var file = Image("a.nii.gz", [-2, 0, 1, 1, 2, 10], new VolumeShape(1, 2, 3), geometry);

        Assert.Equal(0, await _line.Run("describe", "image", file, "--json"));
        Assert.Equal(
            """{"format":"NIfTI-1","dtype":"float32","components":1,"size":[3,2,1],"spacing":[0.5,1.5,3],"origin":[-10,20.25,7],"""
            + """ "direction":[-1,0,0,0,0,1,0,1,0],"min":-2,"max":10,"mean":2,"nonfinite":0}""".TrimStart(), _line.Out.TrimEnd());
    }

    [Fact]
    public async Task A_two_dimensional_image_has_two_axes()
    {
        var file = Image("flat.nii", [1, 2], new VolumeShape(1, 1, 2), new ImageGeometry([1, 2], [0, 0], [1, 0, 0, 1]));

        Assert.Equal(0, await _line.Run("describe", "image", file, "--json"));
        var json = JsonNode.Parse(_line.Out)!;
        Assert.Equal("[2,1]", json["size"]!.ToJsonString());
        Assert.Equal("[1,2]", json["spacing"]!.ToJsonString());
        Assert.Equal("[1,0,0,1]", json["direction"]!.ToJsonString());
        Assert.Equal("NIfTI-1", json["format"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_reader_sees_a_table()
    {
        var file = Image("a.nii.gz", [0, 1, 2, 5], new VolumeShape(1, 2, 2), new ImageGeometry([1, 1, 2.5], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]));

        Assert.Equal(0, await _line.Run("describe", "image", file));
        Assert.Matches(@"\nsize +2 x 2 x 1\n", _line.Out.ReplaceLineEndings("\n"));
        Assert.Matches(@"\nspacing +1 1 2\.5\n", _line.Out.ReplaceLineEndings("\n"));
        Assert.Matches(@"\nmin +0\nmax +5\nmean +2\n", _line.Out.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Values_are_told_as_training_would_see_them()
    {
        var geometry = new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
        var file = Image("nan.nii.gz", [float.NaN, float.PositiveInfinity, 4, 8], new VolumeShape(1, 2, 2), geometry);

        Assert.Equal(0, await _line.Run("describe", "image", file, "--json"));
        Assert.Contains("\"min\":0,\"max\":8,\"mean\":3,\"nonfinite\":0", _line.Out);
    }

    [Theory]
    [InlineData("none.nii.gz", "is not there")]
    [InlineData("", "is a folder")]
    [InlineData("torn.nii.gz", "shorter than a NIfTI header")]
    [InlineData("torn.xyz", "of no format")]
    public async Task What_is_no_image_is_told_so(string name, string problem)
    {
        foreach (var torn in new[] { "torn.nii.gz", "torn.xyz" }) File.WriteAllText(_folder.File(torn), "no image");

        Assert.Equal(3, await _line.Run("describe", "image", _folder.File(name), "--json"));
        Assert.Contains(problem, _line.Error);
        Assert.Empty(_line.Out);
    }

    private string Image(string name, float[] values, VolumeShape shape, ImageGeometry geometry)
    {
        new SimpleItkReaderWriter().WriteImage(_folder.File(name), values, shape, geometry);
        return _folder.File(name);
    }
}
