using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>What the parts of a network share.</summary>
internal static class Operators
{
    /// <summary>One number an axis as torch wants it.</summary>
    public static long[] Longs(IReadOnlyList<int> values) => [.. values.Select(v => (long)v)];

    /// <summary>All ones: the stride of most convolutions, the kernel of the smallest.</summary>
    public static long[] Ones(int axes) => [.. Enumerable.Repeat(1L, axes)];

    /// <summary>Checks an input (batch, channels, axes...).</summary>
    /// <exception cref="ArgumentException">It does not fit the network.</exception>
    public static void CheckInput(ISegmentationNetwork network, long[] shape)
    {
        if (shape.Length < 3 || shape[1] != network.InputChannels)
            throw new ArgumentException($"the network takes (batch, {network.InputChannels} channels, axes) and was given ({string.Join(", ", shape)})", nameof(shape));
        if (network.Mismatch(shape[2..]) is { } problem) throw new ArgumentException($"({string.Join(", ", shape[2..])}) voxels {problem}", nameof(shape));
    }

    /// <summary>A layer's weight and, where it has one, its bias.</summary>
    public static IEnumerable<StateEntry> State(string path, StateTensor weight, StateTensor? bias)
    {
        yield return new StateEntry($"{path}.weight", weight);
        if (bias is not null) yield return new StateEntry($"{path}.bias", bias);
    }

    /// <summary>Runs an input through steps, letting go of each result as soon as the next is there. The input stays the caller's.</summary>
    public static Tensor Chain<T>(IReadOnlyList<T> steps, Tensor input, Func<T, Tensor, Tensor> run)
    {
        var x = run(steps[0], input);
        foreach (var step in steps.Skip(1))
        {
            using var before = x;
            x = run(step, before);
        }

        return x;
    }
}
