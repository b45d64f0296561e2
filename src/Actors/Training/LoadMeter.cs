namespace ActorSeg.Actors.Training;

/// <summary>What happened within a window of time.</summary>
/// <param name="Waited">Fraction of it that the trainer waited.</param>
/// <param name="LeastReady">The fewest training batches that lay ready when it asked; null where it did not ask.</param>
/// <param name="Counts">Whether the trainer was at work before it began: what it waits for its first batch says nothing.</param>
internal readonly record struct LoadWindow(double Waited, int? LeastReady, bool Counts);

/// <summary>Measures how long the trainer waits for batches. Pure; times are since any fixed moment.</summary>
internal sealed record LoadMeter(TimeSpan Opened)
{
    private TimeSpan? Since { get; init; }
    private TimeSpan Waited { get; init; }
    private int? LeastReady { get; init; }
    private bool Delivered { get; init; }
    private bool DeliveredBefore { get; init; }

    /// <summary>The trainer asks for a batch while so many lie ready.</summary>
    public LoadMeter Asked(TimeSpan now, int ready) => this with { Since = Since ?? now, LeastReady = Math.Min(ready, LeastReady ?? ready) };

    /// <summary>The trainer has what it asked for.</summary>
    public LoadMeter Given(TimeSpan now) => Settled(now) with { Since = null, Delivered = true };

    /// <summary>The window since the last call, and the meter of the next one.</summary>
    public (LoadMeter Next, LoadWindow Window) Close(TimeSpan now)
    {
        var waited = Settled(now).Waited;
        var length = now - Opened;
        var window = new LoadWindow(length > TimeSpan.Zero ? waited / length : 0, LeastReady, DeliveredBefore);
        return (new LoadMeter(now) { Since = Since, Delivered = Delivered, DeliveredBefore = Delivered }, window);
    }

    private LoadMeter Settled(TimeSpan now) => Since is { } since ? this with { Waited = Waited + (now - (since > Opened ? since : Opened)) } : this;
}
