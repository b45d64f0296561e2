using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks.Primus;

/// <summary>The reference's Primus networks (golden n).</summary>
[NoTensorLeak]
public class PrimusGoldenTests
{
    public static TheoryData<PrimusVersion, PrimusSize> Published()
    {
        var all = new TheoryData<PrimusVersion, PrimusSize>();
        foreach (var version in Enum.GetValues<PrimusVersion>())
            foreach (var size in Enum.GetValues<PrimusSize>())
                all.Add(version, size);
        return all;
    }

    [Theory, MemberData(nameof(Published))]
    public void published_sizes_have_the_references_names_order_shapes_and_counts(PrimusVersion version, PrimusSize size) =>
        CheckState($"{version}{size}", new PrimusParts(PrimusSpec.Of(version, size), [96, 96, 64], 1, 3));

    [Theory, InlineData(PrimusVersion.V1), InlineData(PrimusVersion.V2), InlineData(PrimusVersion.V3)]
    public void a_built_network_lists_what_its_parts_have(PrimusVersion version)
    {
        CheckState($"small_v{(int)version + 1}", new PrimusParts(SmallPrimus.Spec(version), SmallPrimus.Patch, 2, 3));
        var parts = new PrimusParts(SmallPrimus.Spec(version), SmallPrimus.Patch, 2, 3);
        using var network = SmallPrimus.Build(version);
        Assert.Equal(parts.State.Select(entry => (entry.Name, entry.Tensor.Name)), network.StateNames);
        Assert.Equal(parts.State.Select(entry => entry.Tensor).Where(t => t.Trained).Select(t => t.Name).Distinct(), network.Parameters.Select(p => p.Name));
        Assert.All(network.Save().Zip(parts.State.Select(entry => entry.Tensor).DistinctBy(t => t.Name)), pair => Assert.Equal(pair.Second.Shape, pair.First.Shape));
    }

    [Theory, InlineData(PrimusVersion.V1), InlineData(PrimusVersion.V2), InlineData(PrimusVersion.V3)]
    public void outputs_and_gradients_are_the_references(PrimusVersion version)
    {
        using var scope = NewDisposeScope();
        var golden = new Npz(TestPaths.Golden("n_primus", $"v{(int)version + 1}.npz"));
        using var network = SmallPrimus.Build(version);
        var output = network.Forward(SmallPrimus.NoiseTensor(1001, 4, 2, 2, 16, 24, 8));
        // The file has every second slice.
        UNetTests.Close(golden["output"].Floats(), SmallNetworks.Values(output.slice(2, 0, 16, 2)), 2e-5);

        output.mul(SmallPrimus.NoiseTensor(1002, 2, 2, 3, 16, 24, 8)).sum().div(1000).backward();
        var (expected, norms) = (golden["gradients"].Floats(), golden["norms"].Floats());
        var (at, index) = (0, 0);
        foreach (var (name, value) in network.Parameters)
        {
            var gradient = SmallNetworks.Values(value.grad!);
            var samples = Math.Min(64, gradient.Length);
            // A bias in front of an instance norm has no gradient but rounding: hence the absolute part.
            var tolerance = (2e-5 * norms[index++]) + 1e-6;
            for (var i = 0; i < samples; i++, at++)
            {
                var actual = gradient[(long)i * gradient.Length / samples];
                Assert.True(Math.Abs(expected[at] - actual) < tolerance, $"{name}: {actual} where the reference has {expected[at]}");
            }
        }

        Assert.Equal(expected.Length, at);
    }

    [Fact]
    public void the_decoder_narrows_as_the_references_does()
    {
        foreach (var (key, channels) in Json()["decoder_channels"]!.AsObject())
        {
            var numbers = key.Split('/').Select(int.Parse).ToArray();
            Assert.Equal([numbers[0], .. channels!.AsArray().Select(c => c!.GetValue<int>()), numbers[1]], PatchDecoder.Channels(numbers[0], numbers[1]));
        }
    }

    private static JsonObject Json() => JsonNode.Parse(File.ReadAllText(TestPaths.Golden("n_primus", "networks.json")))!.AsObject();

    private static void CheckState(string name, PrimusParts parts)
    {
        var expected = Json()[name]!;
        var entries = parts.State.ToList();
        var parameters = entries.Select(entry => entry.Tensor).Where(t => t.Trained).Distinct().ToList();
        Assert.Equal(expected["entries"]!.GetValue<int>(), entries.Count);
        Assert.Equal(expected["parameters"]!.GetValue<long>(), parameters.Sum(t => t.Shape.Aggregate(1L, (a, b) => a * b)));
        Assert.Equal(expected["state_sha256"]!.GetValue<string>(), Sha256(entries.Select(entry => $"{entry.Name} {string.Join(',', entry.Tensor.Shape)}")));
        Assert.Equal(expected["order_sha256"]!.GetValue<string>(), Sha256(parameters.Select(t => t.Name)));
    }

    private static string Sha256(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")))));
}
