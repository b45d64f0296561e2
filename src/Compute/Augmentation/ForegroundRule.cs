namespace ActorSeg.Compute.Augmentation;

/// <summary>Which samples of a batch must hold foreground (spec 06 section 2.2).</summary>
/// <param name="ByChance">Each sample for itself by a chance; else the last ones of the batch.</param>
/// <param name="Fraction">Chance, or part of the batch; null: what the training's options say, as a chance the part of the planned batch that comes of it.</param>
public readonly record struct ForegroundRule(bool ByChance, double? Fraction)
{
    /// <summary>Whether sample <paramref name="index"/> of a batch is among the last ones that make up a fraction; half-way cases round to even.</summary>
    public static bool IsAmongLast(int index, int batchSize, double fraction) =>
        index >= (int)Math.Round(batchSize * (1 - fraction), MidpointRounding.ToEven);

    /// <summary>The part of a batch that is really forced, which rounding makes another than was asked for: one half of two samples for 0.33.</summary>
    public static double EffectiveFraction(int batchSize, double fraction) =>
        Enumerable.Range(0, batchSize).Count(index => IsAmongLast(index, batchSize, fraction)) / (double)batchSize;

    /// <summary>The rule of a training as a function of the sample.</summary>
    /// <param name="batchSize">Samples a batch.</param>
    /// <param name="plannedBatchSize">Of the plans, which a trial may change.</param>
    /// <param name="fraction">The options' fraction.</param>
    internal Decision For(int batchSize, int plannedBatchSize, double fraction) =>
        new(ByChance, batchSize, Fraction ?? (ByChance ? EffectiveFraction(plannedBatchSize, fraction) : fraction));

    /// <summary>A rule with its numbers.</summary>
    internal readonly record struct Decision(bool ByChance, int BatchSize, double Fraction)
    {
        /// <summary>Whether a sample must hold foreground.</summary>
        public bool Forces(BatchKey key, int sample)
        {
            if (!ByChance) return IsAmongLast(sample, BatchSize, Fraction);
            var random = new Philox(key, sample, (int)Purpose.Foreground);
            return random.Bernoulli(Fraction);
        }
    }
}
