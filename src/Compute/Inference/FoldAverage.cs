using System.Numerics.Tensors;

namespace ActorSeg.Compute.Inference;

/// <summary>Averages the logits of folds in half precision, as the reference does (spec 07 section 4.8). All values are representable in half precision.</summary>
public static class FoldAverage
{
    /// <summary>Adds in place to the sum so far, which is given back; the first fold is its own sum.</summary>
    public static Volume<float> Add(Volume<float>? sum, Volume<float> logits)
    {
        if (sum is null) return logits;
        TensorPrimitives.Add(sum.Data, logits.Data, sum.Data);
        return Round(sum);
    }

    /// <summary>Divides in place. A single fold is left as it is.</summary>
    public static Volume<float> Divide(Volume<float> sum, int folds)
    {
        if (folds == 1) return sum;
        TensorPrimitives.Divide(sum.Data, folds, sum.Data);
        return Round(sum);
    }

    private static Volume<float> Round(Volume<float> volume)
    {
        for (var i = 0; i < volume.Data.Length; i++) volume.Data[i] = (float)(Half)volume.Data[i];
        return volume;
    }
}
