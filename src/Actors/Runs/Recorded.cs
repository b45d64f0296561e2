namespace ActorSeg.Actors.Runs;

/// <summary>An event as the journal holds it.</summary>
/// <param name="At">When it happened, by the clock of the run's machine.</param>
/// <param name="Owner">Token of the process that told it (<see cref="RunClaim"/>).</param>
/// <param name="Number">Counts the events of that process from 1: a write whose outcome is unknown is repeated, and readers drop what has the same number.</param>
/// <param name="Event">What happened; null when a newer version wrote it, which this one cannot read.</param>
/// <param name="Name">Its name and version in the journal.</param>
public sealed record Recorded(DateTimeOffset At, long Owner, long Number, RunEvent? Event, string Name);
