using Akka.Actor;

namespace ActorSeg.Actors.Shared;

/// <summary>What a task or an actor failed of.</summary>
internal static class Cause
{
    /// <summary>The exception that was thrown, without the wrapping of the task, or of the actor's beginning; its own inner ones stay, whose sentences say less than it does.</summary>
    public static Exception Of(Exception failure) => failure is AggregateException or ActorInitializationException && failure.InnerException is { } inner ? Of(inner) : failure;
}
