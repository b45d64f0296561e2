using System.Text.Json;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Files;

namespace ActorSeg.Actors.Runs;

/// <summary>How far a run's owner is, as it last told.</summary>
/// <param name="Owner">Its token.</param>
/// <param name="At">When it told.</param>
/// <param name="Stage">Such as <c>train</c>.</param>
/// <param name="Done">Of <paramref name="Total"/>; iterations of all epochs while it trains.</param>
/// <param name="Total">All of the stage.</param>
/// <param name="Detail">More, in words.</param>
public sealed record RunProgress(long Owner, DateTimeOffset At, string Stage, int Done, int Total, string? Detail)
{
    /// <summary>What a folder tells; null where it tells nothing.</summary>
    public static RunProgress? Read(RunFolder folder) => SmallJson.Read(folder.Progress, RunEventJson.Default.RunProgress);

    /// <summary>From what the edge is told.</summary>
    internal static RunProgress Of(JobProgress progress, long owner, DateTimeOffset at) => new(owner, at, progress.Stage, progress.Done, progress.Total, progress.Detail);

    /// <summary>Replaces what the folder told; not flushed, since it is old in seconds.</summary>
    internal void Write(RunFolder folder) =>
        DurableFile.WriteUnflushed(folder.Progress, stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(this, RunEventJson.Default.RunProgress)));
}
