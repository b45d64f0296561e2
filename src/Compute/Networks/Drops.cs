using System.Runtime.InteropServices;
using ActorSeg.Compute.Augmentation;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// What a training step leaves out at random (dropout of feature maps, stochastic depth): a function of the step's batch, the layer and the sample, with no
/// generator whose state a checkpoint would have to hold.
/// </summary>
internal static class Drops
{
    // The layer is part of the stream's seed, so that this needs only differ from nothing within a layer.
    private const int Stream = ushort.MaxValue;

    /// <summary>Multiplies each unit of <paramref name="values"/> by 0 with probability <paramref name="rate"/>, else by 1 / (1 - rate), in place.</summary>
    /// <param name="values">(batch, units, ...); what is made of it so far must not need it for its gradient.</param>
    /// <param name="units">How many are decided about by themselves: the second dimension, or 1 for each whole sample.</param>
    /// <param name="rate">From 0 to below 1.</param>
    /// <param name="key">Which step.</param>
    /// <param name="layer">The layer's name in its network.</param>
    public static void Apply(Tensor values, long units, double rate, BatchKey key, string layer)
    {
        using var factors = zeros([values.shape[0], units, .. Enumerable.Repeat(1L, (int)values.dim() - 2)], ScalarType.Float32);
        var host = MemoryMarshal.Cast<byte, float>(factors.bytes);
        var kept = (float)(1 / (1 - rate));
        for (var sample = 0; sample < values.shape[0]; sample++)
        {
            var draws = new Philox(key with { Seed = key.Seed ^ NameHash.Of(layer) }, sample, Stream);
            foreach (ref var factor in host.Slice((int)(sample * units), (int)units)) factor = draws.Bernoulli(rate) ? 0 : kept;
        }

        using var there = factors.to(values.dtype, values.device);
        values.mul_(there);
    }
}
