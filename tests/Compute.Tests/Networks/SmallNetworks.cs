using System.Text.Json.Nodes;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks;

/// <summary>The reference's small networks (golden f) as this library builds them.</summary>
internal static class SmallNetworks
{
    public static JsonObject Json(string name) => JsonNode.Parse(File.ReadAllText(TestPaths.Golden("f_network", "small", $"{name}.json")))!.AsObject();

    /// <summary>Read as plans are read.</summary>
    public static ArchitectureSpec Spec(JsonObject json)
    {
        var architecture = new JsonObject { ["network_class_name"] = json["class_name"]!.DeepClone(), ["arch_kwargs"] = json["arch_kwargs"]!.DeepClone() };
        var axes = json["arch_kwargs"]!["conv_op"]!.GetValue<string>().EndsWith("3d", StringComparison.Ordinal) ? 3 : 2;
        return ArchitectureReading.Parse(new JsonFields(architecture, "golden"), axes);
    }

    public static UNet Build(string name)
    {
        var json = Json(name);
        var network = UNet.Build(Spec(json), json["input_channels"]!.GetValue<int>(), json["num_classes"]!.GetValue<int>(), seed: 1);
        network.Load(Weights(name), name);
        return network;
    }

    public static IReadOnlyList<NamedTensor> Weights(string name)
    {
        var npz = new Npz(TestPaths.Golden("f_network", "small", $"{name}_weights.npz"));
        return [.. npz.Names.Select(n => new NamedTensor(n, [.. npz[n].Shape.Select(v => (long)v)], npz[n].Floats()))];
    }

    public static Configuration Configuration(ArchitectureSpec spec, bool batchDice = false)
    {
        var resampling = new ResamplingSpec("no_resampling_hack", false, 3, 0, null);
        return new Configuration
        {
            Name = "3d_fullres",
            DataIdentifier = "x",
            BatchSize = 2,
            PatchSize = [16, 20, 12],
            Spacing = [1, 1, 1],
            NormalizationSchemes = ["ZScoreNormalization"],
            UseMaskForNorm = [false],
            ResampleData = resampling,
            ResampleLabels = resampling,
            ResampleProbabilities = resampling,
            Architecture = spec,
            BatchDice = batchDice,
        };
    }

    public static LabelSet Labels(int foreground, int? ignore = null) => new()
    {
        Named = [],
        All = [.. Enumerable.Range(0, foreground + 1)],
        Ignore = ignore,
        HasRegions = false,
        ForegroundClasses = [.. Enumerable.Range(1, foreground).Select(l => new LabelClass([l], false))],
        RegionsClassOrder = [],
    };

    public static Tensor Tensor(NpyArray array, ScalarType? type = null)
    {
        using var flat = tensor(array.Floats(), [.. array.Shape.Select(v => (long)v)]);
        return type is { } wanted ? flat.to(wanted) : flat.clone();
    }

    public static float[] Values(Tensor tensor) => [.. HostTensor.Read("", tensor).Values];

    /// <summary>Noise of the small 3D network's size with labels 0 to 2.</summary>
    public static Batch RandomBatch(int seed, BatchKey key = default, int samples = 2)
    {
        using var scope = NewDisposeScope();
        var random = new Generator((ulong)seed);
        var full = randint(0, 3, [samples, 1, 16, 20, 12], generator: random).to(ScalarType.Int16).DetachFromDisposeScope();
        var low = randint(0, 3, [samples, 1, 8, 10, 6], generator: random).to(ScalarType.Int16).DetachFromDisposeScope();
        return new Batch(key, randn([samples, 1, 16, 20, 12], generator: random).DetachFromDisposeScope(), [full, low], []);
    }
}
