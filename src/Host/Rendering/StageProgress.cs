using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>How far one stage is and since when: rate and what is left follow. Pure; times are handed in.</summary>
/// <param name="Last">The last progress heard of.</param>
/// <param name="FirstDone">What was done when it was first heard of.</param>
/// <param name="Since">When that was.</param>
/// <param name="At">When the last progress came.</param>
internal sealed record StageProgress(JobProgress Last, int FirstDone, TimeSpan Since, TimeSpan At)
{
    /// <summary>Nothing is left.</summary>
    public bool Finished => Last.Done >= Last.Total;

    /// <summary>The stage after one more message; another stage, or the same begun anew, starts afresh.</summary>
    public static StageProgress After(StageProgress? before, JobProgress progress, TimeSpan now) =>
        before is { Finished: false, Last: var last } && last.Stage == progress.Stage && last.Total == progress.Total && last.Done <= progress.Done
            ? before with { Last = progress, At = now }
            : new StageProgress(progress, progress.Done, now, now);

    /// <summary><c>preprocess 12/230, 3.4/s, 1 min 04 s left, hippocampus_012</c>.</summary>
    public string Text
    {
        get
        {
            var (done, time) = (Last.Done - FirstDone, At - Since);
            var known = done > 0 && time > TimeSpan.Zero && !Finished;
            var rate = known ? $", {Durations.Rate(done, time)}, {Durations.Text(time / done * (Last.Total - Last.Done))} left" : "";
            var all = Finished && time > TimeSpan.Zero ? $" in {Durations.Text(time)}" : "";
            return $"{Last.Stage} {Last.Done}/{Last.Total}{all}{rate}{(Last.Detail is null ? "" : $", {Last.Detail}")}";
        }
    }
}
