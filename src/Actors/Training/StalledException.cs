namespace ActorSeg.Actors.Training;

/// <summary>
/// A stage hangs that cannot be replaced: its thread does not come back from native code or from a file system, and a thread cannot be ended. The process has to
/// end, and the same command goes on from the last durable point.
/// </summary>
/// <param name="message">Actor, work and time.</param>
public sealed class StalledException(string message) : Exception(message);
