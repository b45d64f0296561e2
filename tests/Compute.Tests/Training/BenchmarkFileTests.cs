using System.Text.Json.Nodes;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

public sealed class BenchmarkFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void a_file_keeps_the_newest_result_of_each_machine()
    {
        var file = _folder.File(BenchmarkFile.Name);
        var here = new BenchmarkMachine("here", "2.10.0", null, "A Fast CPU");
        BenchmarkFile.Add(file, here, 9.5);
        BenchmarkFile.Add(file, here with { Host = "there", Cudnn = "91002", Devices = 2 }, null);
        BenchmarkFile.Add(file, here, 7.25);

        var results = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        Assert.Equal(["here__None__2.10.0__AFastCPU__num_gpus_1", "there__91002__2.10.0__AFastCPU__num_gpus_2"], results.Select(r => r.Key));
        var first = results[here.Key]!.AsObject();
        Assert.Equal(["cudnn_version", "fastest_epoch", "gpu_name", "hostname", "torch_version", "world_size"], first.Select(f => f.Key));
        Assert.Equal((7.25, "A Fast CPU", null), (first["fastest_epoch"]!.GetValue<double>(), first["gpu_name"]!.GetValue<string>(), first["cudnn_version"]));
        Assert.Equal((1, 2), (first["world_size"]!.GetValue<int>(), results["there__91002__2.10.0__AFastCPU__num_gpus_2"]!["world_size"]!.GetValue<int>()));
        Assert.Equal("Not enough VRAM!", results["there__91002__2.10.0__AFastCPU__num_gpus_2"]!["fastest_epoch"]!.GetValue<string>());
    }
}
