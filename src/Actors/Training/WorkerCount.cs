namespace ActorSeg.Actors.Training;

/// <summary>
/// How many augmentation workers there should be: one more when the trainer waited, one less when batches lay ready for long. A worker that was missed after it
/// went is not let go of so soon again. Pure.
/// </summary>
/// <param name="Fewest">Never fewer; with <paramref name="Most"/> the same, the number is fixed.</param>
/// <param name="Most">Never more.</param>
internal sealed record WorkerCount(int Fewest, int Most)
{
    // A trainer that waits more than this part of its time is held up. Below it another worker would gain less than it disturbs.
    private const double HeldUp = 0.05;

    // Windows in which everything lay ready before a worker goes, at first and at most.
    private const int FirstPatience = 12, LastPatience = 12 * 16;

    /// <summary>The number now.</summary>
    public int Workers { get; private init; } = Fewest;

    private int FullWindows { get; init; }
    private int Patience { get; init; } = FirstPatience;
    private bool LetGo { get; init; }

    /// <summary>As before, within other bounds.</summary>
    public WorkerCount UpTo(int most) => this with { Fewest = Math.Min(Fewest, most), Most = Math.Min(Most, most), Workers = Math.Min(Workers, most) };

    /// <summary>After one more window of time.</summary>
    /// <param name="window">What happened in it.</param>
    /// <param name="full">Batches that lie ready when none is missing.</param>
    public WorkerCount After(LoadWindow window, int full)
    {
        if (!window.Counts) return this;
        if (window.Waited > HeldUp)
        {
            if (Workers >= Most) return this with { FullWindows = 0 };
            return this with { Workers = Workers + 1, FullWindows = 0, LetGo = false, Patience = LetGo ? Math.Min(Patience * 2, LastPatience) : Patience };
        }

        if (window.LeastReady is not { } ready) return this;
        if (ready < full) return this with { FullWindows = 0 };
        return FullWindows + 1 >= Patience && Workers > Fewest
            ? this with { Workers = Workers - 1, FullWindows = 0, LetGo = true }
            : this with { FullWindows = FullWindows + 1 };
    }
}
