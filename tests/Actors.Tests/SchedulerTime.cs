using Akka.Actor;

namespace ActorSeg.Actors.Tests;

/// <summary>The clock of an actor system as a <see cref="TimeProvider"/>: it moves when the test's scheduler does.</summary>
internal sealed class SchedulerTime(ActorSystem system) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => system.Scheduler.Now;

    public override long GetTimestamp() => system.Scheduler.Now.Ticks;
}
