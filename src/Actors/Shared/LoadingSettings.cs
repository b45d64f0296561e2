namespace ActorSeg.Actors.Shared;

/// <summary>How batches are loaded: some of the keys under <c>actorseg.train</c>, typed and validated.</summary>
/// <param name="Augmenters">Augmentation workers; 0 follows what the trainer waits for.</param>
/// <param name="Processors">That may be kept busy (<see cref="CpuLimit"/>): the most augmenters that are added by themselves.</param>
/// <param name="Prefetch">Batches built ahead at most by one worker; each further one adds one.</param>
/// <param name="Buffer">Bytes that batches in flight may take.</param>
/// <param name="StallAfter">A batch that takes longer, and twenty times as long as the slowest before it, hangs.</param>
/// <param name="Strict">Whether a case that cannot be used ends the run.</param>
public sealed record LoadingSettings(int Augmenters, double Processors, int Prefetch, long Buffer, TimeSpan StallAfter, bool Strict)
{
    /// <summary>The fewest and the most workers: the setting's number, or the wish's, or whatever is needed up to the processors.</summary>
    /// <param name="wish">Of the user's environment; null where there is none, 0 where there should be as few as can be.</param>
    public (int Fewest, int Most) WorkersFor(int? wish) => (Augmenters, wish) switch
    {
        ( > 0 and var fixedBySetting, _) => (fixedBySetting, fixedBySetting),
        (_, { } number) => (Math.Max(1, number), Math.Max(1, number)),
        _ => (1, Math.Max(1, (int)Processors)),
    };
}
