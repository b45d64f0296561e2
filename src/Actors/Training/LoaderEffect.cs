using System.Collections.Immutable;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Training;

/// <summary>What the loader does next; the actor carries it out.</summary>
internal abstract record LoaderEffect
{
    /// <summary>Give a ready batch to the consumer that waits for it.</summary>
    public sealed record Deliver(string Consumer, BatchKey Key) : LoaderEffect;

    /// <summary>Have an idle worker build a batch.</summary>
    public sealed record Build(string Worker, BatchWork Work, ImmutableHashSet<CaseId> Without) : LoaderEffect;

    /// <summary>Dispose a batch that nobody will ask for, or that holds a case which is out.</summary>
    public sealed record Drop(BatchKey Key) : LoaderEffect;

    /// <summary>Start a worker.</summary>
    public sealed record Hire(string Worker) : LoaderEffect;

    /// <summary>Stop a worker that is not needed any more.</summary>
    public sealed record Dismiss(string Worker) : LoaderEffect;

    /// <summary>Say that a worker is replaced.</summary>
    /// <param name="Worker">Which.</param>
    /// <param name="Work">What it had begun, and another builds now; null where it had nothing.</param>
    /// <param name="Cause">Of its death.</param>
    public sealed record Replace(string Worker, BatchWork? Work, Exception Cause) : LoaderEffect;

    /// <summary>Say that a batch failed and is built again after a pause, which <see cref="LoaderState.Rested"/> ends.</summary>
    public sealed record Rest(string Worker, BatchWork Work, Exception Cause, TimeSpan Pause) : LoaderEffect;

    /// <summary>Say that nothing can be built and is tried again after a pause, which <see cref="LoaderState.Resumed"/> ends.</summary>
    public sealed record PauseAll(TimeSpan Length, Exception Cause) : LoaderEffect;

    /// <summary>Say that a case is out of the run.</summary>
    public sealed record Lose(LostCase Case) : LoaderEffect;

    /// <summary>Say that the run cannot go on.</summary>
    public sealed record GiveUp(BatchKey? Key, int Tries, Exception Cause) : LoaderEffect;
}

/// <summary>A batch being built.</summary>
/// <param name="Key">Which.</param>
/// <param name="Attempt">How often a worker died or hung over it, and once more.</param>
/// <param name="Number">Builds are numbered as they are dealt.</param>
/// <param name="Begun">Whether the worker has begun with it.</param>
internal sealed record BatchWork(BatchKey Key, int Attempt, long Number, bool Begun = false);

/// <summary>How often what is tried again.</summary>
/// <param name="BatchTries">A batch over which workers die or hang.</param>
/// <param name="CaseTries">A case that cannot be used.</param>
/// <param name="CasePause">Before the first of those; doubles with each.</param>
/// <param name="AllTries">All workers at once, in a row.</param>
/// <param name="AllPause">Before the first of those; doubles with each.</param>
/// <param name="Strict">Whether a case whose tries are spent ends the run.</param>
public sealed record LoaderRules(int BatchTries, int CaseTries, TimeSpan CasePause, int AllTries, TimeSpan AllPause, bool Strict)
{
    /// <summary>As the table has it.</summary>
    public static LoaderRules Of(SupervisionTable table, bool strict)
    {
        var (sample, all) = (table["sample"], table["all-augmenters"]);
        return new LoaderRules(table["augmenter"].Tries, sample.Tries, sample.Backoff, all.Tries, all.Backoff, strict);
    }
}
