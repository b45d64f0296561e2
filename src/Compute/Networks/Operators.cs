using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>What the parts of a network share.</summary>
internal static class Operators
{
    /// <summary>One number an axis as torch wants it.</summary>
    public static long[] Longs(IReadOnlyList<int> values) => [.. values.Select(v => (long)v)];

    /// <summary>All ones: the stride of most convolutions, the kernel of the smallest.</summary>
    public static long[] Ones(int axes) => [.. Enumerable.Repeat(1L, axes)];

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
