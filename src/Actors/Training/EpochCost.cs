using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Training;

/// <summary>Where an epoch's training iterations spent their time. Times are seconds, sums over its batches.</summary>
/// <param name="Batches">How many.</param>
/// <param name="Compute">Of the trainer, in steps.</param>
/// <param name="Wait">Of the trainer, until its batch was there.</param>
/// <param name="Read">Of the workers, opening cases and reading patches.</param>
/// <param name="Augment">Of the workers, the rest.</param>
/// <param name="Ready">Batches that lay ready when the trainer asked, on average.</param>
/// <param name="Workers">That built batches, on average.</param>
public sealed record EpochCost(int Batches, double Compute, double Wait, double Read, double Augment, double Ready, double Workers)
{
    // Less than this part of the time is no bottleneck: the next batch is always a moment away.
    private const double WorthNaming = 0.05;

    /// <summary>Copies of the weights for checkpoints and validations, which the trainer waited for.</summary>
    public int Copies { get; init; }

    /// <summary>Of all copies together.</summary>
    public double Copying { get; init; }

    /// <summary>Of the slowest copy.</summary>
    public double SlowestCopy { get; init; }

    /// <summary>Before the first batch.</summary>
    public static EpochCost None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    /// <summary>Fraction of the time that the trainer waited.</summary>
    public double WaitShare => Wait > 0 ? Wait / (Wait + Compute) : 0;

    /// <summary>What would have to be faster for epochs to be shorter.</summary>
    public Bottleneck Bottleneck => WaitShare <= WorthNaming ? Bottleneck.Trainer : Read > Augment ? Bottleneck.Disk : Bottleneck.Augmentation;

    /// <summary>With one more batch.</summary>
    /// <param name="batch">What building it took.</param>
    /// <param name="compute">Seconds of its step.</param>
    /// <param name="wait">Seconds until it was there.</param>
    /// <param name="ready">Batches that lay ready when it was asked for.</param>
    /// <param name="workers">That build batches now.</param>
    public EpochCost With(BatchCost batch, double compute, double wait, int ready, int workers) => new(
        Batches + 1, Compute + compute, Wait + wait, Read + batch.Read.TotalSeconds, Augment + batch.Augment.TotalSeconds,
        ((Ready * Batches) + ready) / (Batches + 1), ((Workers * Batches) + workers) / (Batches + 1))
    {
        Copies = Copies,
        Copying = Copying,
        SlowestCopy = SlowestCopy,
    };

    /// <summary>With one more copy of the weights.</summary>
    public EpochCost WithCopy(double seconds) => this with { Copies = Copies + 1, Copying = Copying + seconds, SlowestCopy = Math.Max(SlowestCopy, seconds) };
}

/// <summary>The slowest part of a training.</summary>
public enum Bottleneck
{
    /// <summary>Its own steps, as it should be.</summary>
    Trainer,

    /// <summary>Reading patches.</summary>
    Disk,

    /// <summary>Augmenting them.</summary>
    Augmentation,
}
