namespace ActorSeg.Actors.Shared;

/// <summary>What a task failed of.</summary>
internal static class Cause
{
    /// <summary>The exception that was thrown, without the wrapping of the task; its own inner ones stay, whose sentences say less than it does.</summary>
    public static Exception Of(Exception failure) => failure is AggregateException { InnerException: { } inner } ? Of(inner) : failure;
}
