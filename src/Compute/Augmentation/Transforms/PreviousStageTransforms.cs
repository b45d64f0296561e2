using ActorSeg.Compute.Augmentation.Kernels;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>Makes input channels of the stage before: 1 where the label is, one channel a foreground label (spec 06 section 7.10). Draws nothing.</summary>
/// <param name="Labels">In the order of the channels.</param>
internal sealed record PreviousStageTransform(IReadOnlyList<int> Labels) : SampleTransform(Purpose.PreviousStage, 1)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        for (var n = 0; n < Labels.Count; n++) LabelResize.Mask(sample.Previous, checked((short)Labels[n]), sample.PreviousChannel(n));
    }
}

/// <summary>Lets some channels of the stage before grow or shrink, as its errors would; what one gains the others lose (spec 06 section 7.11).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="LabelChance">Of each channel of such a sample; they come in random order.</param>
/// <param name="Radius">Of the ball or disk, in voxels; no whole number.</param>
internal sealed record BinaryOperatorTransform(double Chance, double LabelChance, Between Radius) : SampleTransform(Purpose.BinaryOperator, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        foreach (var label in Shuffled.Draw(ref random, sample.PreviousChannels.Length / sample.Labels.Length))
        {
            if (!random.Bernoulli(LabelChance)) continue;
            var operation = (BinaryOperator)random.IntInclusive(0, 3);
            var radius = Radius.Draw(ref random);
            var element = sample.Shape.Z == 1 ? StructuringElement.Disk(radius) : StructuringElement.Ball(radius);
            BinaryMorphology.Apply(operation, element, sample.PreviousChannels, label, sample.Shape, sample.Memory);
        }
    }
}

/// <summary>Takes one connected component out of some channels of the stage before (spec 06 section 7.12).</summary>
/// <param name="Chance">Of a sample.</param>
/// <param name="LabelChance">Of each channel of such a sample; they come in random order.</param>
/// <param name="LargestPart">Components from this fraction of the whole patch on stay.</param>
/// <param name="FillChance">That another channel gets what was taken.</param>
internal sealed record RemoveComponentTransform(double Chance, double LabelChance, double LargestPart, double FillChance)
    : SampleTransform(Purpose.RemoveComponent, Chance)
{
    protected override void Apply(ref Philox random, Sample sample)
    {
        var labels = sample.PreviousChannels.Length / sample.Labels.Length;
        foreach (var label in Shuffled.Draw(ref random, labels))
        {
            if (!random.Bernoulli(LabelChance)) continue;
            using var components = new ConnectedComponents(sample.PreviousChannel(label), sample.Shape, sample.Memory);
            var valid = components.CountBelow(sample.Shape.Voxels * LargestPart);
            if (valid == 0) continue;
            var chosen = random.IntInclusive(0, valid - 1);
            components.Fill(sample.PreviousChannel(label), chosen, 0);
            if (!random.Bernoulli(FillChance) || labels == 1) continue;
            var other = random.IntInclusive(0, labels - 2);
            components.Fill(sample.PreviousChannel(other < label ? other : other + 1), chosen, 1);
        }
    }
}

/// <summary>Numbers in random order.</summary>
internal static class Shuffled
{
    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public static int[] Draw(ref Philox random, int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (var last = count - 1; last > 0; last--)
        {
            var other = random.IntInclusive(0, last);
            (order[last], order[other]) = (order[other], order[last]);
        }

        return order;
    }
}
