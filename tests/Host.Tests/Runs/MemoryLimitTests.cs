using System.Text.Json.Nodes;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Many workers wanted, large cases, little memory: all cases finish and the process stays within its limit.</summary>
public sealed class MemoryLimitTests : IDisposable
{
    private const string Dataset = "Dataset903_Large";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void sixteen_workers_stay_within_half_a_gibibyte() => Preprocess(new VolumeShape(64, 256, 256), cases: 8, limit: "512MiB", bytes: 512L << 20);

    [Fact, Trait("Category", "Long")]
    public void sixteen_workers_with_cases_of_a_gibibyte_stay_within_two() => Preprocess(new VolumeShape(200, 400, 400), cases: 16, limit: "2GiB", bytes: 2L << 30);

    [Fact]
    public void a_case_that_can_never_fit_is_refused_with_the_bytes_it_needs_and_the_bytes_there_are()
    {
        Make(new VolumeShape(64, 256, 256), cases: 1);
        using var run = Run("300MiB").Ends(5);
        var cause = JsonNode.Parse(run.Output)!["quarantined"]![0]!["cause"]!.GetValue<string>();
        Assert.Matches("needs [0-9]+ MiB of memory and there are 150 MiB", cause);
    }

    private void Preprocess(VolumeShape shape, int cases, string limit, long bytes)
    {
        Make(shape, cases);
        using var run = Run(limit);
        var peak = run.EndsWithin(0);
        Assert.Equal(cases, JsonNode.Parse(run.Output)!["done"]!.GetValue<int>());
        Assert.InRange(peak, bytes / 8, bytes);
    }

    private ActorSegProcess Run(string limit) => new(
        "preprocess", "-d", "903", "-c", "3d_fullres", "-np", "16", "--json", "--set", $"actorseg.memory.limit={limit}",
        "--raw", _folder.File("raw"), "--preprocessed", _folder.File("preprocessed"));

    // Uncompressed, so that the test is not about unpacking; resampled, so that there are intermediates.
    private void Make(VolumeShape shape, int cases)
    {
        var raw = _folder.File("raw", Dataset);
        foreach (var part in (string[])["imagesTr", "labelsTr"]) Directory.CreateDirectory(Path.Combine(raw, part));
        var (writer, geometry) = (new SimpleItkReaderWriter(), new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]));
        var (image, labels) = (new float[shape.Voxels], new ushort[shape.Voxels]);
        for (var i = 0; i < image.Length; i++) (image[i], labels[i]) = ((i % 977) + 1, (ushort)(i / 5000 % 3));
        for (var n = 0; n < cases; n++)
        {
            writer.WriteImage(Path.Combine(raw, "imagesTr", $"large_{n:00}_0000.nii"), image, shape, geometry);
            writer.WriteLabels(Path.Combine(raw, "labelsTr", $"large_{n:00}.nii"), labels, shape, geometry);
        }

        File.WriteAllText(Path.Combine(raw, "dataset.json"), new JsonObject
        {
            ["channel_names"] = new JsonObject { ["0"] = "MRI" },
            ["labels"] = new JsonObject { ["background"] = 0, ["a"] = 1, ["b"] = 2 },
            ["numTraining"] = cases,
            ["file_ending"] = ".nii",
        }.ToJsonString());
        using (new ActorSegProcess("plan-and-preprocess", "-d", "903", "--no_pp", "-overwrite_target_spacing", "1.1", "1.2", "1.2", "--raw", _folder.File("raw"), "--preprocessed", _folder.File("preprocessed")).Ends(0)) { }
    }
}
