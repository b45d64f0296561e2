using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks.Primus;

/// <summary>Networks of the reference's make and a size for tests: 3 blocks of 24 over 2x3x1 tokens.</summary>
internal static class SmallPrimus
{
    public static int[] Patch => [16, 24, 8];

    public static PrimusSpec Spec(PrimusVersion version) => new()
    {
        Version = version,
        Width = 24,
        Depth = 3,
        AttentionHeads = 2,
        EmbeddingWidths = version switch { PrimusVersion.V2 => [3, 3, 6, 12], PrimusVersion.V3 => [3, 4, 5, 6], _ => null },
    };

    /// <summary>With the weights that the golden figures were made with.</summary>
    public static PrimusNetwork Build(PrimusVersion version)
    {
        var network = PrimusNetwork.Build(Spec(version), Patch, 2, 3, seed: 1);
        var numbers = network.Parameters.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i + 1);
        network.Load([.. network.Save().Select(t => numbers.TryGetValue(t.Name, out var k) ? Weight(t, k) : t)], "golden");
        return network;
    }

    /// <summary>Noise that both sides can make: evenly distributed around zero, of width one.</summary>
    public static double[] Noise(uint stream, int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            var h = ((uint)i * 0x9E3779B1u) + (stream * 0x85EBCA77u);
            h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
            values[i] = ((h ^ (h >> 12)) / 4294967296.0) - 0.5;
        }

        return values;
    }

    public static Tensor NoiseTensor(uint stream, double width, params long[] shape) =>
        tensor(Array.ConvertAll(Noise(stream, (int)shape.Aggregate((a, b) => a * b)), v => (float)(v * width)), shape);

    /// <summary>Two samples of noise with labels 0 to 2.</summary>
    public static Batch RandomBatch(int seed)
    {
        using var scope = NewDisposeScope();
        var target = NoiseTensor((uint)seed + 500, 2.999, 2, 1, 16, 24, 8).add(1.5).to(ScalarType.Int16).DetachFromDisposeScope();
        return new Batch(new BatchKey(9, new Fold(0), false, seed, seed), NoiseTensor((uint)seed, 4, 2, 2, 16, 24, 8).DetachFromDisposeScope(), [target], []);
    }

    private static NamedTensor Weight(NamedTensor tensor, int stream)
    {
        var noise = Noise((uint)stream, tensor.Values.Length);
        var scale = Math.Sqrt(12.0 / tensor.Shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        var shift = tensor.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 0.6;
        return tensor with { Values = Array.ConvertAll(noise, v => (float)(tensor.Shape.Count > 1 ? v * scale : (v * 0.5) + shift)) };
    }
}
