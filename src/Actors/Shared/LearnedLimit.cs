namespace ActorSeg.Actors.Shared;

/// <summary>How long a piece of work may take before it counts as hanging. Pure.</summary>
/// <param name="Floor">Never less.</param>
internal sealed record LearnedLimit(TimeSpan Floor)
{
    // So much longer than the slowest of its kind: a busy disk or a crowded machine makes work several times slower, not twenty times.
    private const int Slower = 20;

    private TimeSpan Slowest { get; init; }

    public TimeSpan Limit => Slowest * Slower > Floor ? Slowest * Slower : Floor;

    public LearnedLimit Took(TimeSpan time) => time > Slowest ? this with { Slowest = time } : this;
}
