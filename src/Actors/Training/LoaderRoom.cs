namespace ActorSeg.Actors.Training;

/// <summary>How much memory loading takes.</summary>
/// <param name="Batch">Bytes of a batch.</param>
/// <param name="Scratch">Bytes a worker holds besides while it builds one.</param>
/// <param name="Kept">Bytes of cases that are kept open, at most.</param>
public sealed record LoadingBytes(long Batch, long Scratch, long Kept);

/// <summary>The bytes that batches in flight may take: being built, or built and not yet given away. Pure.</summary>
/// <param name="Total">Bytes.</param>
/// <param name="Sizes">Of what is in it.</param>
internal sealed record LoaderRoom(long Total, LoadingBytes Sizes)
{
    // Trainer and validator: what they wait for is built whatever else lies ready, so there is always room for it.
    private const int Consumers = 2;

    /// <summary>As much as is of use, within a limit, but never less than one worker needs.</summary>
    public static LoaderRoom Within(long limit, int prefetch, int workers, LoadingBytes sizes)
    {
        var use = (Ahead: prefetch + workers - 1, Workers: workers);
        return new LoaderRoom(Math.Max(Bytes(0, 1, sizes), Math.Min(limit, Bytes(use.Ahead, use.Workers, sizes))), sizes);
    }

    /// <summary>Batches that may be built ahead of what is waited for, with so many workers.</summary>
    public int Ahead(int workers) => (int)Math.Clamp(((Total - (workers * Sizes.Scratch)) / Sizes.Batch) - Consumers, 0, int.MaxValue);

    /// <summary>The most workers, up to a number, that find room to work side by side; one always does.</summary>
    public int Workers(int most)
    {
        while (most > 1 && Ahead(most) < most - 1) most--;
        return most;
    }

    private static long Bytes(int ahead, int workers, LoadingBytes sizes) => ((long)(ahead + Consumers) * sizes.Batch) + (workers * sizes.Scratch);
}
