using System.Numerics.Tensors;

namespace ActorSeg.Compute.Inference.Export;

/// <summary>
/// Softmax over heads in float32, in two visits of every head, so that no more than two numbers a voxel are kept between them: the largest logit and the sum of
/// the exponentials of what they are below it.
/// </summary>
internal static class Softmax
{
    /// <summary>First visit: the two numbers of a plane. The heads' values become exponentials.</summary>
    /// <param name="heads">A plane of each head.</param>
    /// <param name="largest">Receives the largest value.</param>
    /// <param name="sum">Receives the sum, taken in the heads' order as torch takes it.</param>
    public static void Begin(float[][] heads, Span<float> largest, Span<float> sum)
    {
        heads[0].AsSpan(0, largest.Length).CopyTo(largest);
        for (var head = 1; head < heads.Length; head++) TensorPrimitives.Max(largest, heads[head].AsSpan(0, largest.Length), largest);
        sum.Clear();
        foreach (var head in heads)
        {
            var plane = head.AsSpan(0, largest.Length);
            TensorPrimitives.Subtract(plane, largest, plane);
            TensorPrimitives.Exp(plane, plane);
            TensorPrimitives.Add(sum, plane, sum);
        }
    }

    /// <summary>Second visit: a head's probabilities of a plane, in place.</summary>
    public static void Finish(Span<float> plane, ReadOnlySpan<float> largest, ReadOnlySpan<float> sum)
    {
        TensorPrimitives.Subtract(plane, largest, plane);
        TensorPrimitives.Exp(plane, plane);
        TensorPrimitives.Divide(plane, sum, plane);
    }

    /// <summary>1 / (1 + exp(-x)), in place.</summary>
    public static void Sigmoid(Span<float> plane)
    {
        TensorPrimitives.Negate(plane, plane);
        TensorPrimitives.Exp(plane, plane);
        TensorPrimitives.Add(plane, 1f, plane);
        TensorPrimitives.Divide(1f, plane, plane);
    }
}
