using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Evaluation;

/// <summary>Voxel counts of one class in one case, and what follows from them (spec 08 section 1.1).</summary>
public readonly record struct ClassMetrics(long TruePositive, long FalsePositive, long FalseNegative, long TrueNegative)
{
    /// <summary>2 TP / (2 TP + FP + FN); NaN where the class is in neither.</summary>
    public double Dice => Absent ? double.NaN : 2.0 * TruePositive / ((2.0 * TruePositive) + FalsePositive + FalseNegative);

    /// <summary>TP / (TP + FP + FN); NaN where the class is in neither.</summary>
    public double IoU => Absent ? double.NaN : (double)TruePositive / (TruePositive + FalsePositive + FalseNegative);

    /// <summary>Voxels predicted.</summary>
    public long Predicted => TruePositive + FalsePositive;

    /// <summary>Voxels of the reference.</summary>
    public long Reference => TruePositive + FalseNegative;

    private bool Absent => TruePositive + FalsePositive + FalseNegative == 0;

    /// <summary>Distances between the outlines; null where they were not asked for.</summary>
    public SurfaceDistances? Surface { get; init; }

    /// <summary>The eight figures under nnU-Net's names, in its order, and those of the surface where they were asked for.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> All =>
    [
        new("Dice", Dice), new("FN", FalseNegative), new("FP", FalsePositive), new("IoU", IoU), new("TN", TrueNegative), new("TP", TruePositive),
        new("n_pred", Predicted), new("n_ref", Reference), .. Surface?.All ?? [],
    ];
}

/// <summary>Scores one predicted label map against its reference.</summary>
public static class CaseScore
{
    /// <summary>Counts each foreground class or region; voxels whose reference is the ignore label do not count. One pass over both maps.</summary>
    /// <param name="reference">Label values.</param>
    /// <param name="prediction">As many.</param>
    /// <param name="labels">The data set's labels.</param>
    /// <returns>One entry a foreground class, in their order.</returns>
    public static IReadOnlyList<ClassMetrics> Compute(ReadOnlySpan<float> reference, ReadOnlySpan<float> prediction, LabelSet labels)
    {
        // A table of how often each pair of values occurs answers for every class and region at once.
        var pairs = new Dictionary<(float, float), long>();
        var (last, run) = ((reference.Length > 0 ? reference[0] : 0, prediction.Length > 0 ? prediction[0] : 0), 0L);
        for (var i = 0; i < reference.Length; i++)
        {
            if (reference[i] == last.Item1 && prediction[i] == last.Item2)
            {
                run++;
                continue;
            }

            pairs[last] = pairs.GetValueOrDefault(last) + run;
            (last, run) = ((reference[i], prediction[i]), 1);
        }

        pairs[last] = pairs.GetValueOrDefault(last) + run;
        return [.. labels.ForegroundClasses.Select(c => Count(pairs, c, labels.Ignore))];
    }

    private static ClassMetrics Count(Dictionary<(float Reference, float Prediction), long> pairs, LabelClass wanted, int? ignore)
    {
        long tp = 0, fp = 0, fn = 0, tn = 0;
        foreach (var ((reference, prediction), count) in pairs)
        {
            if (ignore is { } ignored && reference == ignored) continue;
            switch (Holds(wanted, reference), Holds(wanted, prediction))
            {
                case (true, true): tp += count; break;
                case (false, true): fp += count; break;
                case (true, false): fn += count; break;
                default: tn += count; break;
            }
        }

        return new ClassMetrics(tp, fp, fn, tn);
    }

    private static bool Holds(LabelClass wanted, float value) => wanted.Labels.Any(label => label == value);
}
