using System.Numerics.Tensors;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>Averages the logits of folds in half precision, as the reference does (spec 07 section 4.8): each sum and the quotient are rounded once.</summary>
public static class FoldAverage
{
    private const int Block = 1 << 14;

    /// <summary>Adds in place to the sum so far, and disposes what was added; the first fold is its own sum.</summary>
    public static Logits Add(Logits? sum, Logits logits)
    {
        if (sum is null) return logits;
        using (logits)
        {
            var addend = new float[Block];
            for (var head = 0; head < sum.Heads; head++)
            {
                Round(sum.Head(head), (at, row) =>
                {
                    var part = addend.AsSpan(0, row.Length);
                    TensorPrimitives.ConvertToSingle(logits.Head(head).Slice(at, row.Length), part);
                    TensorPrimitives.Add(row, part, row);
                });
            }
        }

        return sum;
    }

    /// <summary>Divides in place. A single fold is left as it is.</summary>
    public static Logits Divide(Logits sum, int folds)
    {
        if (folds == 1) return sum;
        for (var head = 0; head < sum.Heads; head++) Round(sum.Head(head), (_, row) => TensorPrimitives.Divide(row, folds, row));
        return sum;
    }

    private delegate void Step(int at, Span<float> row);

    private static void Round(Span<Half> values, Step step)
    {
        var wide = new float[Block];
        for (var at = 0; at < values.Length; at += Block)
        {
            var part = values.Slice(at, Math.Min(Block, values.Length - at));
            var row = wide.AsSpan(0, part.Length);
            TensorPrimitives.ConvertToSingle(part, row);
            step(at, row);
            TensorPrimitives.ConvertToHalf(row, part);
        }
    }
}
