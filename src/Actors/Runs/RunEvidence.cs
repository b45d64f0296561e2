using System.Globalization;
using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Actors.Runs;

/// <summary>What lies in a run's folder. Pure from here on: what it means is <see cref="Judge"/>'s.</summary>
/// <param name="Folder"><c>.../fold_0</c>.</param>
/// <param name="IsHeld">Whether a living process holds its lock.</param>
/// <param name="Owner">The owner it names.</param>
/// <param name="Progress">How far that one is.</param>
/// <param name="Journal">Its events, or the last of each kind.</param>
/// <param name="Checkpoint">Head of the newest checkpoint.</param>
/// <param name="IsFinal">Whether that is the final one.</param>
internal sealed record RunEvidence(
    string Folder, bool IsHeld, RunOwner? Owner, RunProgress? Progress, JournalContent Journal, CheckpointHeader? Checkpoint, bool IsFinal)
{
    // Where nothing can be locked, an owner lives that was heard of within this time.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    /// <summary>Where the run stands.</summary>
    /// <param name="now">The time.</param>
    public RunSummary Judge(DateTimeOffset now)
    {
        var last = Journal.Events.LastOrDefault(e => e.Event is RunStarted or RunStopped or RunFinished or RunFailed);
        var progress = Progress is { } p && p.Owner == Owner?.Token ? p : null;
        var runs = IsHeld || (Owner is { Locked: false } && last?.Event is RunStarted && now - (progress?.At ?? Owner.Since) < Silence);
        var heard = new[] { Journal.Events.Count > 0 ? Journal.Events[^1].At : null, progress?.At, (DateTimeOffset?)Owner?.Since }.Max();
        var paused = Journal.Events.LastOrDefault(e => e.Event is RunStarted or RunPaused or RunContinued)?.Event is RunPaused;
        var state = runs ? paused ? RunState.Paused : RunState.Running : last?.Event switch
        {
            RunFinished => RunState.Finished,
            RunStopped => RunState.Stopped,
            RunFailed => RunState.Failed,
            RunStarted => RunState.Interrupted,
            _ => IsFinal ? RunState.Finished : Owner is not null ? RunState.Interrupted : RunState.Unknown,
        };
        return new RunSummary(Folder, RunName.Of(Folder), state)
        {
            Owner = Owner,
            Started = Last<RunStarted>(),
            LastEpoch = LastEpoch(),
            Epochs = Epochs(),
            Checkpoint = Checkpoint?.Position,
            Progress = runs ? progress : null,
            Result = state == RunState.Finished ? last?.Event as RunFinished : null,
            Why = state switch { RunState.Failed => ((RunFailed)last!.Event!).Cause, RunState.Stopped => ((RunStopped)last!.Event!).Where, _ => null },
            Heard = heard,
            Problem = Journal.Problem,
        };
    }

    // Epochs can be changed while a run goes on, of which its next epoch tells.
    private int? Epochs() => Journal.Events.LastOrDefault(e => e.Event is RunStarted or EpochEnded or SettingsChanged && Changed(e.Event) is not null)?.Event switch
    {
        RunStarted e => e.Epochs,
        EpochEnded e => e.Epochs,
        SettingsChanged e => Changed(e),
        _ => Checkpoint?.Extra?.Epochs,
    };

    private static int? Changed(RunEvent happened) =>
        (happened as SettingsChanged)?.Changes.FirstOrDefault(c => c.Key == "epochs") is { Now: var now } && int.TryParse(now, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null;

    private T? Last<T>() where T : RunEvent => (T?)Journal.Events.LastOrDefault(e => e.Event is T)?.Event;

    // The checkpoint is the truth. The journal may be behind it where it could not be written, or ahead where a run was started afresh.
    private EpochEnded? LastEpoch()
    {
        if (Checkpoint?.History is not [.., var r]) return Checkpoint is null ? Last<EpochEnded>() : null;
        var told = Last<EpochEnded>();
        return told is { } t && t.Epoch >= r.Epoch && IsHeld ? told : RunHistory.Of(r, Last<RunStarted>()?.Epochs ?? Checkpoint.Extra?.Epochs ?? 0);
    }
}
