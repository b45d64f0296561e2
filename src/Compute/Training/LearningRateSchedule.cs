namespace ActorSeg.Compute.Training;

/// <summary>How the learning rate falls, constant within an epoch (spec 05 sections 4 and 16).</summary>
public abstract record LearningRateSchedule
{
    private const double PolyExponent = 0.9;

    /// <summary>nnU-Net's own.</summary>
    public static LearningRateSchedule Default { get; } = new Poly();

    /// <summary>The rate of an epoch.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="epochs">Altogether.</param>
    /// <param name="initial">The highest rate.</param>
    public abstract double At(int epoch, int epochs, double initial);

    /// <summary>initial x (1 - epoch / epochs) ^ 0.9.</summary>
    public sealed record Poly : LearningRateSchedule
    {
        /// <inheritdoc/>
        public override double At(int epoch, int epochs, double initial) => initial * Math.Pow(1 - ((double)epoch / epochs), PolyExponent);
    }

    /// <summary>Half a cosine, which would reach 0 at <c>epochs</c>.</summary>
    public sealed record Cosine : LearningRateSchedule
    {
        /// <inheritdoc/>
        public override double At(int epoch, int epochs, double initial) => initial * (1 + Math.Cos(Math.PI * epoch / epochs)) / 2;
    }

    /// <summary>Rises in equal steps to the initial rate, then falls as <see cref="Poly"/> does over the epochs that are left.</summary>
    /// <param name="Epochs">That it rises for; a training no longer than that only rises.</param>
    public sealed record Warmup(int Epochs) : LearningRateSchedule
    {
        /// <inheritdoc/>
        public override double At(int epoch, int epochs, double initial) =>
            epoch < Epochs ? initial * (epoch + 1) / Epochs : Default.At(epoch - Epochs, epochs - Epochs, initial);
    }
}
